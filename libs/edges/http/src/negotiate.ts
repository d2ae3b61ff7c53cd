import { TesseraError } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';

/**
 * The media type of a data response: the first supported one of `?format=` (media types or
 * short names, separated by commas), else of `Accept`; weights are not looked at. Parameters
 * of the type, e.g. `;header=absent`, are kept.
 * @param supported the first is the default, also for `*` + `/*`.
 * @throws TesseraError not_acceptable that lists what is supported.
 */
export function negotiate(
  request: FastifyRequest, family: string, supported: readonly string[], aliases: Readonly<Record<string, readonly string[]>>,
): string {
  const { format } = request.query as Record<string, unknown>;
  if (format !== undefined && typeof format !== 'string') throw new TesseraError('invalid_argument', 'Give one format; several may stand in it, separated by commas.');
  const requested = splitList(format) ?? splitList(request.headers.accept) ?? ['*/*'];
  for (const item of requested) {
    const found = findSupported(item, family, supported, aliases);
    if (found !== undefined) return found;
  }
  throw new TesseraError(
    'not_acceptable',
    `None of the media types requested by the client are supported. Supported: ${supported.join(', ')}. Requested: ${requested.join(', ')}.`,
  );
}

function splitList(text: string | undefined): string[] | undefined {
  const items = text?.split(',').map((item) => item.trim()).filter((item) => item !== '') ?? [];
  return items.length === 0 ? undefined : items;
}

function findSupported(item: string, family: string, supported: readonly string[], aliases: Readonly<Record<string, readonly string[]>>): string | undefined {
  const [name = '', ...rest] = item.split(';').map((part) => part.trim());
  const parameters = rest.filter((part) => part !== '' && !/^(q|charset)=/i.test(part));
  const withParameters = (mediaType: string) => [mediaType, ...parameters].join(';');
  if (name === '*/*') return supported[0];
  if (name.endsWith('/*')) {
    // Of images, PNG is what every viewer shows.
    if (name === 'image/*' && family === 'array' && supported.includes('image/png')) return 'image/png';
    return supported.find((mediaType) => mediaType.startsWith(name.slice(0, -1)));
  }
  const lowered = name.toLowerCase();
  if (supported.includes(lowered)) return withParameters(lowered);
  const aliased = supported.find((mediaType) => aliases[mediaType]?.includes(lowered));
  return aliased === undefined ? undefined : withParameters(aliased);
}

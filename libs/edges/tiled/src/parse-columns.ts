import { TesseraError } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { refuse, valuesOf, type RawQuery } from './parse-parameters.ts';

/**
 * The columns or fields a request names: by query (`column`, or `field` in older clients), or by the body of a POST.
 * Undefined = all.
 * @throws TesseraError invalid_argument if both parameters are given, unprocessable if the body is no list of texts.
 */
export function parseNames(request: FastifyRequest, parameters: readonly string[]): string[] | undefined {
  const given = parameters.map((name) => valuesOf(request.query as RawQuery, name)).filter((values) => values.length > 0);
  if (given.length > 1) throw new TesseraError('invalid_argument', `Give ${parameters.join(' or ')}, not both.`);
  if (given[0]) return given[0];
  if (request.method !== 'POST') return undefined;
  const body = request.body as unknown;
  if (body === undefined || body === null) return undefined;
  if (!Array.isArray(body)) return refuse([{ type: 'list_type', loc: ['body'], msg: 'Input should be a valid list', input: body }]);
  const problems = body.flatMap((item: unknown, index) => (typeof item === 'string' ? [] : [{ type: 'string_type', loc: ['body', index], msg: 'Input should be a valid string', input: item }]));
  if (problems.length > 0) refuse(problems);
  return body as string[];
}

/** @throws TesseraError invalid_argument for a name that is not there, or is given twice. */
export function checkNames(names: readonly string[] | undefined, known: readonly string[]): void {
  for (const [index, name] of (names ?? []).entries()) {
    if (!known.includes(name)) throw new TesseraError('invalid_argument', `No such field ${name}.`);
    if (names!.indexOf(name) !== index) throw new TesseraError('invalid_argument', `The field ${name} is given twice.`);
  }
}

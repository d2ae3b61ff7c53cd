import { isTesseraError, parsePictureStyle, pictureParameters } from '@tessera/domain';
import { refuse, type ParameterReader } from './parse-parameters.ts';

const pictures = new Set(['image/png', 'image/jpeg', 'text/html']);

/**
 * The media type with what the query says about how numbers become a picture: `colormap`, `levels`, `scale`, `size`,
 * `quality`. Other media types stay as they are.
 * @throws TesseraError unprocessable for a value that is not one.
 */
export function withPictureStyle(mediaType: string, reader: ParameterReader): string {
  if (!pictures.has(baseMediaType(mediaType))) return mediaType;
  const given = pictureParameters.flatMap((name) => {
    const text = reader.text(name);
    return text === undefined ? [] : [`${name}=${text.replace(/[;\s]/g, '')}`];
  });
  const styled = [mediaType, ...given].join(';');
  try {
    parsePictureStyle(styled);
  } catch (error) {
    if (!isTesseraError(error, 'unprocessable')) throw error;
    const name = String(error.details['parameter']);
    refuse([{ type: 'value_error', loc: ['query', name], msg: error.message, input: reader.text(name) ?? null }]);
  }
  return styled;
}

/** A media type as its answer is labelled: how a picture was painted is not part of that. */
export function publishedMediaType(mediaType: string): string {
  return pictures.has(baseMediaType(mediaType)) ? baseMediaType(mediaType) : mediaType;
}

function baseMediaType(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim();
}

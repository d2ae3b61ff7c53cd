import { TesseraError } from '@tessera/domain';
import type { ArrayExporter, ArraySource } from '../exporter.ts';
import { plainText, type ElementText } from './element-text.ts';
import { breathe, checkEmptyRows, wholeElements, withSizedElements } from './whole-elements.ts';

/** About how much text is made before it is handed on. */
const pieceLength = 64 * 1024;

/** A line a row, values separated by commas, no header; 1-d arrays a value a line. */
export const csvExporter: ArrayExporter = {
  export(source, options) {
    if (source.shape.length > 2) throw shapeDoesNotFit(source.shape, options.mediaType);
    checkEmptyRows(source.shape);
    const sized = withSizedElements(source);
    return writeLines(sized, plainText(sized.dataType));
  },
};

/** @returns the error for data with more axes than the media type has. */
export function shapeDoesNotFit(shape: readonly number[], mediaType: string): TesseraError {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  return new TesseraError(
    'not_acceptable',
    `The shape of this data ${tuple} is incompatible with the requested format (${mediaType}). Slice it or choose a different format.`,
  );
}

async function* writeLines({ bytes, dataType, shape }: ArraySource, text: ElementText): AsyncGenerator<Uint8Array> {
  const rowLength = shape.length === 2 ? shape[1]! : 1;
  if (rowLength === 0) {
    yield Buffer.from('\n'.repeat(shape[0]!));
    return;
  }
  let inRow = 0;
  let lines = '';
  for await (const piece of wholeElements(bytes, dataType.itemsize)) {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < piece.byteLength; at += dataType.itemsize) {
      lines += text(view, at);
      if (++inRow === rowLength) {
        inRow = 0;
        lines += '\n';
      } else {
        lines += ',';
      }
      if (lines.length < pieceLength) continue;
      yield Buffer.from(lines);
      lines = '';
      await breathe();
    }
  }
  if (lines !== '') yield Buffer.from(lines);
}

import { elementCount } from '@tessera/domain';
import type { ArrayExporter, ArraySource } from '../exporter.ts';
import { jsonText, type ElementText } from './element-text.ts';
import { breathe, checkEmptyRows, wholeElements, withSizedElements } from './whole-elements.ts';

/** About how much text is made before it is handed on. */
const pieceLength = 64 * 1024;

/** Nested lists, the number itself for 0-d arrays. */
export const jsonExporter: ArrayExporter = {
  export(source) {
    checkEmptyRows(source.shape);
    const sized = withSizedElements(source);
    return writeJson(sized, jsonText(sized.dataType));
  },
};

async function* writeJson(source: ArraySource, text: ElementText): AsyncGenerator<Uint8Array> {
  if (elementCount(source.shape) === 0) {
    yield Buffer.from(emptyLists(source.shape));
    return;
  }
  const { itemsize } = source.dataType;
  const brackets = listBrackets(source.shape);
  let ordinal = 0;
  let json = '';
  for await (const piece of wholeElements(source.bytes, itemsize)) {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < piece.byteLength; at += itemsize, ordinal++) {
      json += brackets(ordinal) + text(view, at);
      if (json.length < pieceLength) continue;
      yield Buffer.from(json);
      json = '';
      await breathe();
    }
  }
  yield Buffer.from(json + ']'.repeat(source.shape.length));
}

/** What stands before the element of an ordinal: as many lists end and start as axes begin anew. */
function listBrackets(shape: readonly number[]): (ordinal: number) => string {
  const opening = '['.repeat(shape.length);
  const rowLength = shape.at(-1) ?? 1;
  let inRow = 0;
  return (ordinal) => {
    if (ordinal === 0) {
      inRow = 1;
      return opening;
    }
    if (inRow++ < rowLength) return ',';
    inRow = 1;
    let depth = 1;
    let length = rowLength;
    for (let axis = shape.length - 2; axis > 0; axis--) {
      length *= shape[axis]!;
      if (ordinal % length !== 0) break;
      depth++;
    }
    return `${']'.repeat(depth)},${'['.repeat(depth)}`;
  };
}

/** Lists down to the first axis without elements. */
function emptyLists(shape: readonly number[]): string {
  const [length, ...inner] = shape as [number, ...number[]];
  if (length === 0) return '[]';
  const list = emptyLists(inner);
  return `[${Array.from({ length }, () => list).join(',')}]`;
}

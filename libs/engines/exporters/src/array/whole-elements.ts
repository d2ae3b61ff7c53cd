import { TesseraError, elementCount, releasePiece } from '@tessera/domain';
import type { ArraySource } from '../exporter.ts';

/** Lists or lines without an element in them that one text may have. */
const maxEmptyRowCount = 1_000_000;

/** The same bytes cut into pieces that hold whole elements, each for use until the next is asked for. @throws TesseraError internal if the end is not whole. */
export async function* wholeElements(bytes: AsyncIterable<Uint8Array>, itemsize: number): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of bytes) {
    let joined = piece;
    if (rest.byteLength > 0) {
      joined = new Uint8Array(rest.byteLength + piece.byteLength);
      joined.set(rest);
      joined.set(piece, rest.byteLength);
    }
    const whole = joined.byteLength - (joined.byteLength % itemsize);
    if (whole > 0) yield joined.subarray(0, whole);
    // What is left over is less than an element.
    rest = new Uint8Array(joined.subarray(whole));
    releasePiece(piece);
  }
  if (rest.byteLength > 0) throw new TesseraError('internal', 'The bytes of an array do not end with an element.');
}

/** A turn for other work between two stretches of formatting. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The same array with at least one byte an element: the empty strings and records
 * that NumPy allows have none, and are written as padded ones of NULs.
 */
export function withSizedElements(source: ArraySource): ArraySource {
  if (source.dataType.itemsize > 0) return source;
  const kind = source.dataType.kind === 'U' ? 'U' : 'S';
  const itemsize = kind === 'U' ? 4 : 1;
  const endianness = kind === 'U' ? 'little' : 'not_applicable';
  return { ...source, dataType: { kind, itemsize, endianness }, bytes: nuls(elementCount(source.shape) * itemsize) };
}

async function* nuls(byteLength: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(Math.min(byteLength, 64 * 1024));
  for (let left = byteLength; left > 0; left -= piece.byteLength) yield piece.subarray(0, left);
}

/** @throws TesseraError too_large if an array without elements has very many rows all the same. */
export function checkEmptyRows(shape: readonly number[]): void {
  const firstEmpty = shape.indexOf(0);
  if (firstEmpty < 0 || elementCount(shape.slice(0, firstEmpty)) <= maxEmptyRowCount) return;
  throw new TesseraError('too_large', "This array has no elements, but too many empty rows for a text. Use slicing ('?slice=...') to request less.");
}

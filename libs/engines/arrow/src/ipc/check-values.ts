// Checks of buffers that hold positions: what passes cannot lead a reader, here or at the client, outside its data.
import { damaged } from './damaged.ts';

/** Offsets must start at 0 or later and never fall. Returns the last. */
export function checkOffsets(offsets: Int32Array | BigInt64Array, length: number): number {
  let previous: number | bigint = offsets[0]!;
  if (previous < 0) throw damaged('offsets are negative');
  for (let i = 1; i <= length; i++) {
    const offset = offsets[i]!;
    if (offset < previous) throw damaged('offsets do not grow');
    previous = offset;
  }
  if (previous > Number.MAX_SAFE_INTEGER) throw damaged('an offset is out of range');
  return Number(previous);
}

/** A view is int32 length, then 12 bytes: the value, or prefix, buffer number and offset (Arrow, "Variable-size Binary View Layout"). */
export function checkViews(views: Uint8Array, length: number, buffers: readonly Uint8Array[], isValid: (row: number) => boolean): void {
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  for (let row = 0; row < length; row++) {
    if (!isValid(row)) continue;
    const byteLength = view.getInt32(row * 16, true);
    if (byteLength < 0) throw damaged('a view has a negative length');
    if (byteLength <= 12) continue;
    const buffer = buffers[view.getInt32(row * 16 + 8, true)];
    const byteOffset = view.getInt32(row * 16 + 12, true);
    if (!buffer || byteOffset < 0 || byteOffset + byteLength > buffer.byteLength) throw damaged('a view leads outside its buffer');
  }
}

export function checkIndices(indices: ArrayLike<number | bigint>, length: number, count: number, isValid: (row: number) => boolean): void {
  for (let row = 0; row < length; row++) {
    const index = indices[row]!;
    if ((index < 0 || index >= count) && isValid(row)) throw damaged('an index leads outside its dictionary');
  }
}

/** Type ids of a union must name a child; offsets of a dense one must lie in it. */
export function checkUnion(typeIds: Int8Array, length: number, known: readonly number[], childLengths: readonly number[], offsets: Int32Array | undefined): void {
  for (let row = 0; row < length; row++) {
    const child = known.indexOf(typeIds[row]!);
    if (child < 0) throw damaged('a union names a type that it does not have');
    if (!offsets) continue;
    const offset = offsets[row]!;
    if (offset < 0 || offset >= childLengths[child]!) throw damaged('a union leads outside its values');
  }
}

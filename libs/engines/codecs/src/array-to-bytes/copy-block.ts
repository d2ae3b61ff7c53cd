/**
 * Copies a C-order block into (or from) the place of a larger C-order array that
 * starts at `origin`; the block must lie inside.
 */
export function copyBlock(
  block: Uint8Array, blockShape: readonly number[],
  whole: Uint8Array, wholeShape: readonly number[],
  origin: readonly number[], itemsize: number, direction: 'into' | 'from',
): void {
  const rank = blockShape.length;
  const rowByteLength = (rank === 0 ? 1 : blockShape[rank - 1]!) * itemsize;
  const rows = rowByteLength === 0 ? 0 : block.byteLength / rowByteLength;
  const cursor = blockShape.map(() => 0);
  for (let row = 0; row < rows; row++) {
    let element = 0;
    for (let axis = 0; axis < rank; axis++) element = element * wholeShape[axis]! + origin[axis]! + cursor[axis]!;
    const at = element * itemsize;
    const from = row * rowByteLength;
    if (direction === 'into') whole.set(block.subarray(from, from + rowByteLength), at);
    else block.set(whole.subarray(at, at + rowByteLength), from);
    for (let axis = rank - 2; axis >= 0 && ++cursor[axis]! === blockShape[axis]!; axis--) cursor[axis] = 0;
  }
}

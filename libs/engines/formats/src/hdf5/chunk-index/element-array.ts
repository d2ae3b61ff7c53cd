// What fixed and extensible arrays have in common: an element a chunk, in the order
// of a flat number over the axes, read page by page.
import { damaged } from '../damage.ts';
import type { ChunkEntries, ChunkLayout } from './chunk-layout.ts';

/** Elements that lie together; `bytes` absent: none of them was ever written. */
export interface ElementRun {
  readonly firstElement: number;
  readonly elementCount: number;
  readonly bytes?: Uint8Array;
}

export interface ElementArray {
  readonly elementByteLength: number;
  /** The run that holds an element. */
  runAt(element: number): Promise<ElementRun>;
}

/**
 * Enters the chunks of the grid. `axisOrder` lists the axes from slowest to fastest
 * in the flat number; `counts` are the chunks along each axis the number was made with.
 */
export async function enterElements(layout: ChunkLayout, table: ChunkEntries, array: ElementArray, counts: readonly number[], axisOrder: readonly number[]): Promise<void> {
  const { file, isFiltered, chunkByteLength } = layout;
  const lengthByteLength = array.elementByteLength - file.offsetSize - 4;
  if (isFiltered ? lengthByteLength < 1 || lengthByteLength > 8 : array.elementByteLength !== file.offsetSize) throw damaged('a chunk index is of another kind');
  const chunkIndex = counts.map(() => 0);
  let run: ElementRun | undefined;
  for (const element of elementsInOrder(table.counts, counts, axisOrder, chunkIndex)) {
    if (!run || element >= run.firstElement + run.elementCount) run = await array.runAt(element);
    if (!run.bytes) continue;
    const start = (element - run.firstElement) * array.elementByteLength;
    const cursor = file.cursor(run.bytes.subarray(start, start + array.elementByteLength));
    const address = cursor.address();
    if (address === undefined) continue;
    if (isFiltered) table.set(chunkIndex, address, cursor.uint(lengthByteLength), cursor.u32());
    else table.set(chunkIndex, address, chunkByteLength);
  }
}

/** Flat numbers of all chunks of the grid, ascending; `chunkIndex` is set to each chunk's own. */
export function* elementsInOrder(gridCounts: readonly number[], counts: readonly number[], axisOrder: readonly number[], chunkIndex: number[]): Generator<number> {
  if (gridCounts.some((count) => count === 0)) return;
  const strides = counts.map(() => 1);
  for (let place = axisOrder.length - 2; place >= 0; place--) {
    const inner = axisOrder[place + 1]!;
    strides[axisOrder[place]!] = strides[inner]! * counts[inner]!;
  }
  chunkIndex.fill(0);
  for (;;) {
    yield chunkIndex.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
    let place = axisOrder.length - 1;
    while (place >= 0 && ++chunkIndex[axisOrder[place]!]! === gridCounts[axisOrder[place]!]!) chunkIndex[axisOrder[place--]!] = 0;
    if (place < 0) return;
  }
}

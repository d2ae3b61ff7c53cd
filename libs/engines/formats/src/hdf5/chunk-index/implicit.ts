import { maxCounts, type ReadChunkIndex } from './chunk-layout.ts';
import { elementsInOrder } from './element-array.ts';

/** HDF5 spec VII.B "Implicit": all chunks, unfiltered, one after the other in C order of the greatest shape. */
export const readImplicit: ReadChunkIndex = async (layout, table) => {
  const counts = maxCounts(layout);
  const chunkIndex = counts.map(() => 0);
  for (const number of elementsInOrder(table.counts, counts, [...counts.keys()], chunkIndex)) {
    table.set(chunkIndex, layout.address + number * layout.chunkByteLength, layout.chunkByteLength);
  }
};

import type { ReadChunkIndex } from './chunk-layout.ts';

/** HDF5 spec VII.A "Single Chunk": the layout message itself says where. */
export const readSingleChunk: ReadChunkIndex = async ({ index, address, chunkByteLength, chunkShape }, table) => {
  const filtered = index.kind === 'single' ? index.filtered : undefined;
  table.set(chunkShape.map(() => 0), address, filtered?.byteLength ?? chunkByteLength, filtered?.filterMask);
};

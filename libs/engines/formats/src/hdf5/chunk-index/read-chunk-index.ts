import type { ChunkIndex } from '../messages/layout.ts';
import { readBtreeV1 } from './btree-v1.ts';
import { readBtreeV2 } from './btree-v2.ts';
import type { ReadChunkIndex } from './chunk-layout.ts';
import { readExtensibleArray } from './extensible-array.ts';
import { readFixedArray } from './fixed-array.ts';
import { readImplicit } from './implicit.ts';
import { readSingleChunk } from './single.ts';

/** Every kind of chunk index of HDF5 (spec III.A.1 and VII). */
export const chunkIndexReaders: Readonly<Record<ChunkIndex['kind'], ReadChunkIndex>> = {
  'btree-v1': readBtreeV1,
  single: readSingleChunk,
  implicit: readImplicit,
  'fixed-array': readFixedArray,
  'extensible-array': readExtensibleArray,
  'btree-v2': readBtreeV2,
};

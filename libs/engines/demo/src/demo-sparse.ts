import { makeBatch, type RecordBatch } from '@tessera/arrow';
import { seedOf, uniform } from './random.ts';
import { encodeBatch } from './demo-tables.ts';

export const sparseImagePath = 'nested/sparse_image';
export const sparseImageShape = [100, 100] as const;
export const sparseImageObject = `${sparseImagePath}/0.arrow`;

/** One value in ten of a random image, as coordinates and data. */
export function sparseImageBatch(): RecordBatch {
  const [height, width] = sparseImageShape;
  const seed = seedOf(sparseImagePath);
  const places = Array.from({ length: height * width }, (_, place) => place).filter((place) => uniform(seed, place) > 0.9);
  return makeBatch({
    dim0: BigInt64Array.from(places, (place) => BigInt(Math.floor(place / width))),
    dim1: BigInt64Array.from(places, (place) => BigInt(place % width)),
    data: Float64Array.from(places, (place) => uniform(seed, place)),
  });
}

/** The block as an Arrow IPC file. */
export function sparseImageFile(): Promise<Uint8Array> {
  return encodeBatch(sparseImageObject, sparseImageBatch);
}

// Arrays whose chunks are made when they are read.
import type { ChunkGrid, ScalarType } from '@tessera/domain';
import { float64, int32, int64 } from './inline-values.ts';
import { seedOf, uniform } from './random.ts';

/** Values of consecutive elements of a chunk. */
export type MadeValues = Float64Array | Int32Array | BigInt64Array;

export interface MadeArray {
  readonly dataType: ScalarType;
  readonly grid: ChunkGrid;
  /** Differs at each read. */
  readonly isVolatile?: boolean;
  /** `count` values from the `first` element of a chunk on; `chunkName` names the array and the chunk. */
  readonly make: (chunkName: string, first: number, count: number) => MadeValues;
}

const randomFloats = (chunkName: string, first: number, count: number): Float64Array => {
  const seed = seedOf(chunkName);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = uniform(seed, first + i);
  return values;
};

const smallIntegers = (chunkName: string, first: number, count: number): BigInt64Array =>
  BigInt64Array.from(randomFloats(chunkName, first, count), (value) => BigInt(Math.floor(value * 20) - 10));

/** Microseconds since the epoch, as far as the clock tells, and never the same twice. */
let lastTick = 0;
const ticks = (_chunkName: string, _first: number, count: number): Float64Array => {
  lastTick = Math.max(Math.round((performance.timeOrigin + performance.now()) * 1000), lastTick + 1);
  return new Float64Array(count).fill(lastTick);
};

const random = (shape: readonly number[], chunks: readonly number[] = shape): MadeArray => ({ dataType: float64, grid: { shape, chunks }, make: randomFloats });

/** By path. */
export const madeArrays: ReadonlyMap<string, MadeArray> = new Map([
  ['dynamic', { dataType: float64, grid: { shape: [3, 3], chunks: [3, 3] }, isVolatile: true, make: ticks }],
  ['flat_array', random([100])],
  ['low_entropy', { dataType: int32, grid: { shape: [100, 100], chunks: [100, 100] }, make: (_name, _first, count) => new Int32Array(count).fill(1) }],
  ['high_entropy', { dataType: int64, grid: { shape: [100, 100], chunks: [100, 100] }, make: smallIntegers }],
  ['nested/images/tiny_image', random([50, 50])],
  ['nested/images/small_image', random([300, 300])],
  ['nested/images/medium_image', random([1000, 1000], [250, 100])],
  ['nested/images/big_image', random([10_000, 10_000], [4096, 4096])],
  ['nested/cubes/tiny_cube', random([50, 50, 50])],
  ['nested/cubes/tiny_hypercube', random([50, 50, 50, 50, 50], [27, 27, 27, 27, 27])],
  ['arrays/tiny', random([50, 50])],
  ['arrays/small', random([100, 100])],
  ['arrays/medium', random([1000, 1000], [500, 500])],
  ['arrays/large', random([10_000, 10_000], [1000, 1000])],
]);

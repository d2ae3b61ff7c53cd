import fc from 'fast-check';
import { elementCount, parseScalarType, structType, type ArrayStructure, type ChunkGrid, type DataType, type Selection, type SelectionItem } from '@tessera/domain';

/** Data types of every kind, both byte orders. */
export const dataTypes: fc.Arbitrary<DataType> = fc.constantFrom<DataType>(
  ...['|b1', '|i1', '<u2', '>i4', '<f2', '>f8', '<c16', '<M8[ns]', '>m8[10s]', '|S5', '<U3', '>U2', '|V7'].map(parseScalarType),
  structType([{ name: 'a', dataType: parseScalarType('<i2') }, { name: 'β', dataType: parseScalarType('>f4'), shape: [2] }]),
);

/** Grids of small arrays: regular, or with explicit chunk lengths on some axis; 0-d and empty ones among them. */
export const chunkGrids: fc.Arbitrary<ChunkGrid> = fc
  .array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 7 }), fc.boolean()), { maxLength: 3 })
  .map((axes) => ({
    shape: axes.map(([length]) => length),
    chunks: axes.map(([length, chunk, explicit]) => (explicit && length > 1 ? [1, length - 1] : chunk)),
  }));

export const arrayStructures: fc.Arbitrary<ArrayStructure> = fc.tuple(chunkGrids, dataTypes, fc.boolean()).map(([grid, dataType, named]) => ({
  ...grid, dataType, ...(named ? { dims: grid.shape.map((_, axis) => `axis ${axis}`) } : {}),
}));

/** Valid selections of a shape. */
export function selections(shape: readonly number[]): fc.Arbitrary<Selection> {
  const bound = fc.option(fc.integer({ min: -8, max: 8 }), { nil: undefined });
  const slice = fc.tuple(bound, bound, fc.option(fc.constantFrom(1, 2, 5, -1, -3), { nil: undefined })).map(([start, stop, step]): SelectionItem => ({
    kind: 'slice', ...(start === undefined ? {} : { start }), ...(stop === undefined ? {} : { stop }), ...(step === undefined ? {} : { step }),
  }));
  const items = shape.map((length) =>
    length === 0 ? slice : fc.oneof(slice, fc.integer({ min: -length, max: length - 1 }).map((index): SelectionItem => ({ kind: 'index', index }))));
  return fc.tuple(fc.tuple(...items), fc.nat(shape.length)).map(([all, count]) => all.slice(0, count));
}

/** Bytes of an array, no two neighbours alike. */
export function arrayBytes({ shape }: ChunkGrid, { itemsize }: DataType): Uint8Array {
  return Uint8Array.from({ length: elementCount(shape) * itemsize }, (_, index) => (index * 167 + (index >> 8) * 31 + 11) & 255);
}

import { TesseraError, type Codec } from '@tessera/domain';
import { permuteAxes } from './permute-axes.ts';

/**
 * Zarr v3 "transpose": axis i of the encoded array is axis `order[i]` of the
 * array. `"F"` and `"C"`, the orders of zarr v2 and numpy, are taken too.
 */
export const transposeCodec: Codec = {
  name: 'transpose',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType, maxByteLength }) {
    const order = parseOrder(configuration['order'], shape.length);
    const encodedShape = order.map((axis) => shape[axis]!);
    // order[i] = a means inverse[a] = i: the inverse permutation undoes it.
    const inverse = order.map((_, axis) => order.indexOf(axis));
    const moves = order.some((axis, index) => axis !== index);
    return {
      decode: (bytes) => (moves ? permuteAxes(bytes, encodedShape, inverse, dataType.itemsize) : bytes),
      encode: (bytes) => (moves ? permuteAxes(bytes, shape, order, dataType.itemsize) : bytes),
      encodedShape,
      maxEncodedByteLength: maxByteLength,
    };
  },
};

function parseOrder(order: unknown, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (order === 'C') return axes;
  if (order === 'F') return axes.reverse();
  if (Array.isArray(order) && order.length === rank && axes.every((axis) => order.includes(axis))) return order as number[];
  throw new TesseraError('invalid_argument', `The "order" of the transpose codec must name each of ${rank} axes once, not ${JSON.stringify(order)}.`);
}

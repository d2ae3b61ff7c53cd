import { TesseraError, elementCount, type Codec } from '@tessera/domain';

/**
 * "reshape" of the Zarr v3 extensions: the same elements in C order under another shape. An entry of `shape`
 * is a length, −1 for what is left (once), or a list of axes whose lengths are multiplied.
 */
export const reshapeCodec: Codec = {
  name: 'reshape',
  kind: 'array-to-array',
  resolve(configuration, { shape, maxByteLength }) {
    return {
      decode: (bytes) => bytes,
      encode: (bytes) => bytes,
      encodedShape: parseShape(configuration['shape'], shape),
      maxEncodedByteLength: maxByteLength,
    };
  },
};

function parseShape(wanted: unknown, shape: readonly number[]): number[] {
  if (!Array.isArray(wanted)) throw refused(wanted, shape);
  const lengths = wanted.map((entry: unknown) => (Array.isArray(entry) ? elementCount(entry.map((axis: number) => shape[axis] ?? NaN)) : (entry as number)));
  const open = lengths.indexOf(-1);
  if (open >= 0) lengths[open] = elementCount(shape) / elementCount(lengths.filter((_, axis) => axis !== open));
  if (!lengths.every((length) => Number.isSafeInteger(length) && length >= 0) || elementCount(lengths) !== elementCount(shape)) throw refused(wanted, shape);
  return lengths;
}

function refused(wanted: unknown, shape: readonly number[]): TesseraError {
  return new TesseraError('invalid_argument', `The "shape" of the reshape codec, ${JSON.stringify(wanted)}, has not as many elements as ${JSON.stringify(shape)}.`);
}

import { elementCount, isStruct, type Codec } from '@tessera/domain';
import { configuredType, elementAccess, type ElementAccess } from '../element-access.ts';

/** numcodecs "delta": the first element, then the difference of each to the one before, in C order. */
export const deltaCodec: Codec = {
  name: 'delta',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType }) {
    const type = configuredType(configuration, 'dtype', dataType);
    const encodedDataType = configuredType(configuration, 'astype', type);
    const decoded = elementAccess(type);
    const encoded = elementAccess(encodedDataType);
    const rounds = !isStruct(type) && type.kind === 'f' && type.itemsize === 4;
    return {
      decode: (bytes) => running(bytes, encoded, decoded, rounds),
      encode: (bytes) => differences(bytes, decoded, encoded),
      encodedDataType,
      maxEncodedByteLength: elementCount(shape) * encodedDataType.itemsize,
    };
  },
};

function running(bytes: Uint8Array, from: ElementAccess, to: ElementAccess, rounds: boolean): Uint8Array {
  const { source, target, result, count } = views(bytes, from, to);
  let sum: number | bigint = to.itemsize === 8 && typeof to.get(new DataView(new ArrayBuffer(8)), 0) === 'bigint' ? 0n : 0;
  for (let index = 0; index < count; index++) {
    const step = from.get(source, index * from.itemsize);
    sum = typeof sum === 'bigint' ? sum + BigInt(step) : sum + Number(step);
    if (rounds) sum = Math.fround(sum as number);
    to.set(target, index * to.itemsize, sum);
    // What was stored has wrapped as C integers do; the next sum goes on from there.
    sum = to.get(target, index * to.itemsize);
  }
  return result;
}

function differences(bytes: Uint8Array, from: ElementAccess, to: ElementAccess): Uint8Array {
  const { source, target, result, count } = views(bytes, from, to);
  let before: number | bigint | undefined;
  for (let index = 0; index < count; index++) {
    const value = from.get(source, index * from.itemsize);
    const step: number | bigint = before === undefined ? value : typeof value === 'bigint' ? value - BigInt(before) : value - Number(before);
    to.set(target, index * to.itemsize, step);
    before = value;
  }
  return result;
}

function views(bytes: Uint8Array, from: ElementAccess, to: ElementAccess) {
  const count = Math.floor(bytes.byteLength / from.itemsize);
  const result = new Uint8Array(count * to.itemsize);
  return { count, result, source: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), target: new DataView(result.buffer) };
}

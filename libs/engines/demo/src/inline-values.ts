// The bytes of small arrays that lie in their manifests.
import { structType, type ScalarType, type StructType } from '@tessera/domain';

export const float64: ScalarType = { kind: 'f', itemsize: 8, endianness: 'little' };
export const int64: ScalarType = { kind: 'i', itemsize: 8, endianness: 'little' };
export const int32: ScalarType = { kind: 'i', itemsize: 4, endianness: 'little' };
const float32: ScalarType = { kind: 'f', itemsize: 4, endianness: 'little' };

/** Text of a fixed number of characters. */
export const textType = (length: number): ScalarType => ({ kind: 'U', itemsize: length * 4, endianness: 'little' });

/** Text as NumPy keeps it: UCS-4, NUL padded. */
export function textBytes(text: string, length: number): Uint8Array {
  const characters = new Uint32Array(length);
  [...text].forEach((character, index) => (characters[index] = character.codePointAt(0)!));
  return new Uint8Array(characters.buffer);
}

export const bytesOf = (values: Float64Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

export const petType: StructType = structType([
  { name: 'name', dataType: textType(10) },
  { name: 'age', dataType: int32 },
  { name: 'weight', dataType: float32 },
]);

export interface Pet {
  readonly name: string;
  readonly age: number;
  readonly weight: number;
}

export function petBytes(pets: readonly Pet[]): Uint8Array {
  const bytes = new Uint8Array(pets.length * petType.itemsize);
  const view = new DataView(bytes.buffer);
  pets.forEach(({ name, age, weight }, row) => {
    const start = row * petType.itemsize;
    bytes.set(textBytes(name, 10), start);
    view.setInt32(start + 40, age, true);
    view.setFloat32(start + 44, weight, true);
  });
  return bytes;
}

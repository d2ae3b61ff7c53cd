import { TesseraError, elementCount, type Codec } from '@tessera/domain';

/** Decoded: runs of bytes, one after the other. */
interface Field {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly count: number;
  readonly padding: 'null_terminated' | 'space_padded' | undefined;
}

const paddings = ['null_terminated', 'space_padded'];

/**
 * HDF5's compounds with gaps between their members as packed structs, and its strings
 * as NumPy's. `itemsize` is that of a stored element; each of `fields` is a run of it
 * (`byteOffset`, `byteLength`, `count` equal runs) that is copied, or with `padding`
 * is text: `null_terminated` (nothing after the first NUL is text) or `space_padded`
 * (spaces at the end are not).
 */
export const packedFieldsCodec: Codec = {
  name: 'packed_fields',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType }) {
    const storedByteLength = configuration['itemsize'];
    if (!Number.isSafeInteger(storedByteLength) || (storedByteLength as number) < 1) throw invalid('"itemsize" must be a positive integer');
    const fields = parseFields(configuration['fields'], storedByteLength as number);
    const packedByteLength = fields.reduce((sum, field) => sum + field.byteLength * field.count, 0);
    if (packedByteLength !== dataType.itemsize) throw invalid(`its fields have ${packedByteLength} bytes, the data type has ${dataType.itemsize}`);
    const count = elementCount(shape);
    return {
      decode: (bytes) => pack(bytes, count, storedByteLength as number, fields, packedByteLength),
      encodedDataType: { kind: 'V', itemsize: storedByteLength as number, endianness: 'not_applicable' },
      maxEncodedByteLength: count * (storedByteLength as number),
    };
  },
};

function invalid(reason: string): TesseraError {
  return new TesseraError('invalid_argument', `The configuration of the codec "packed_fields" is wrong: ${reason}.`);
}

function parseFields(fields: unknown, storedByteLength: number): Field[] {
  if (!Array.isArray(fields)) throw invalid('"fields" must be a list');
  return fields.map((field: Record<string, unknown>) => {
    const { byteOffset, byteLength, count = 1, padding } = field;
    const isSound = [byteOffset, byteLength, count].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
    const end = (byteOffset as number) + (byteLength as number) * (count as number);
    if (!isSound || end > storedByteLength) throw invalid('a field lies outside its element');
    if (padding !== undefined && !paddings.includes(padding as string)) throw invalid(`the padding ${JSON.stringify(padding)} is unknown`);
    return { byteOffset, byteLength, count, padding } as Field;
  });
}

function pack(bytes: Uint8Array, count: number, storedByteLength: number, fields: readonly Field[], packedByteLength: number): Uint8Array {
  if (bytes.byteLength !== count * storedByteLength) {
    throw new TesseraError('gone', `A chunk of these data is damaged: it has ${bytes.byteLength} bytes instead of ${count * storedByteLength}.`, { codec: 'packed_fields' });
  }
  const result = new Uint8Array(count * packedByteLength);
  let to = 0;
  for (let element = 0; element < count; element++) {
    const start = element * storedByteLength;
    for (const { byteOffset, byteLength, count: repeats, padding } of fields) {
      if (padding === undefined) {
        copy(bytes, start + byteOffset, result, to, byteLength * repeats);
      } else {
        for (let index = 0; index < repeats; index++) {
          const from = start + byteOffset + index * byteLength;
          copy(bytes, from, result, to + index * byteLength, textByteLength(bytes, from, byteLength, padding));
        }
      }
      to += byteLength * repeats;
    }
  }
  return result;
}

/** A loop beats set(subarray) for the few bytes of a field. */
function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, byteLength: number): void {
  if (byteLength > 64) target.set(source.subarray(from, from + byteLength), to);
  else for (let i = 0; i < byteLength; i++) target[to + i] = source[from + i]!;
}

function textByteLength(bytes: Uint8Array, from: number, byteLength: number, padding: 'null_terminated' | 'space_padded'): number {
  if (padding === 'null_terminated') {
    const end = bytes.indexOf(0, from);
    return end < 0 ? byteLength : Math.min(end - from, byteLength);
  }
  let length = byteLength;
  while (length > 0 && bytes[from + length - 1] === 0x20) length--;
  return length;
}

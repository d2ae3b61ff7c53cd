import { TesseraError, elementCount } from '@tessera/domain';

/**
 * C-order bytes of the array whose axis i is axis `order[i]` of the given one.
 * @throws TesseraError gone if the bytes are not an array of that shape.
 */
export function permuteAxes(bytes: Uint8Array, shape: readonly number[], order: readonly number[], itemsize: number): Uint8Array {
  const count = elementCount(shape);
  if (bytes.byteLength !== count * itemsize) {
    throw new TesseraError('gone', `A chunk of these data is damaged: it has ${bytes.byteLength} bytes instead of ${count * itemsize}.`);
  }
  const result = new Uint8Array(bytes.byteLength);
  if (count === 0) return result;
  const strides = sourceStrides(shape, order);
  const lengths = order.map((axis) => shape[axis]!);
  const copy = elementCopier(bytes, result, itemsize);
  const last = lengths.length - 1;
  const cursor = lengths.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; ) {
    for (let i = 0; i < lengths[last]!; i++) copy(from + i * strides[last]!, to++);
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++cursor[axis]! < lengths[axis]!) break;
      from -= strides[axis]! * lengths[axis]!;
      cursor[axis] = 0;
    }
  }
  return result;
}

/** Distance in the given array, in elements, between neighbours along each axis of the result. */
function sourceStrides(shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return order.map((axis) => strides[axis]!);
}

const words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

function elementCopier(from: Uint8Array, to: Uint8Array, itemsize: number): (fromElement: number, toElement: number) => void {
  // BigUint64Array would allocate; Float64Array could change the bits of a signalling NaN on a copy, so 8 bytes move as two words.
  if (itemsize === 8) {
    const source = new Uint32Array(ownBuffer(from));
    const target = new Uint32Array(to.buffer);
    return (a, b) => { target[2 * b] = source[2 * a]!; target[2 * b + 1] = source[2 * a + 1]!; };
  }
  if (itemsize === 1 || itemsize === 2 || itemsize === 4) {
    const Word: Uint32ArrayConstructor = words[itemsize] as unknown as Uint32ArrayConstructor;
    const source = new Word(ownBuffer(from));
    const target = new Word(to.buffer as ArrayBuffer);
    return (a, b) => { target[b] = source[a]!; };
  }
  return (a, b) => {
    for (let byte = 0; byte < itemsize; byte++) to[b * itemsize + byte] = from[a * itemsize + byte]!;
  };
}

/** The bytes as a buffer of their own; typed arrays cannot view an unaligned or pooled one. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer;
}

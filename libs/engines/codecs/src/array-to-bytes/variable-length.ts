import { TesseraError, elementCount, type Codec, type CodecContext, type ResolvedCodec } from '@tessera/domain';

/**
 * numcodecs "vlen-utf8": UTF-8 strings of any length, served as fixed `U` or `S`
 * of the data type, which was made wide enough when the data were indexed.
 */
export const vlenUtf8Codec: Codec = { name: 'vlen-utf8', kind: 'array-to-bytes', resolve: (_configuration, context) => resolve('vlen-utf8', context) };

/** numcodecs "vlen-bytes": byte strings of any length, served as fixed `S`. */
export const vlenBytesCodec: Codec = { name: 'vlen-bytes', kind: 'array-to-bytes', resolve: (_configuration, context) => resolve('vlen-bytes', context) };

function resolve(name: string, { shape, dataType }: CodecContext): ResolvedCodec {
  const count = elementCount(shape);
  const isText = dataType.kind === 'U';
  if (!isText && dataType.kind !== 'S') throw new TesseraError('invalid_argument', `Data encoded with ${name} must be of type U or S.`);
  const bigEndian = dataType.endianness === 'big';
  return {
    decode(bytes) {
      const result = new Uint8Array(count * dataType.itemsize);
      let index = 0;
      for (const item of variableLengthItems(bytes, count, name)) {
        const target = result.subarray(index * dataType.itemsize, ++index * dataType.itemsize);
        if (isText) writeText(item, target, bigEndian);
        else target.set(fitting(item, target));
      }
      return result;
    },
    encode(bytes) {
      const items = Array.from({ length: count }, (_, index) => {
        const element = bytes.subarray(index * dataType.itemsize, (index + 1) * dataType.itemsize);
        return isText ? new TextEncoder().encode(readText(element, bigEndian)) : withoutPadding(element);
      });
      return joinVariableLength(items);
    },
    // A character takes four bytes here and at most four in UTF-8.
    maxEncodedByteLength: 4 + count * (4 + dataType.itemsize),
  };
}

/** The items of an encoded chunk: a count, then for each its length (both u32, little-endian) and bytes. @throws TesseraError gone. */
export function* variableLengthItems(bytes: Uint8Array, expectedCount: number, name: string): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const torn = () => new TesseraError('gone', `A chunk of these data is damaged (${name}): its strings do not fill it.`, { codec: name });
  if (bytes.byteLength < 4 || view.getUint32(0, true) !== expectedCount) throw torn();
  let at = 4;
  for (let index = 0; index < expectedCount; index++) {
    if (at + 4 > bytes.byteLength) throw torn();
    const byteLength = view.getUint32(at, true);
    at += 4;
    if (at + byteLength > bytes.byteLength) throw torn();
    yield bytes.subarray(at, at + byteLength);
    at += byteLength;
  }
}

function joinVariableLength(items: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(items.reduce((sum, item) => sum + 4 + item.byteLength, 4));
  const view = new DataView(result.buffer);
  view.setUint32(0, items.length, true);
  let at = 4;
  for (const item of items) {
    view.setUint32(at, item.byteLength, true);
    result.set(item, at + 4);
    at += 4 + item.byteLength;
  }
  return result;
}

const decoder = new TextDecoder();

function writeText(item: Uint8Array, target: Uint8Array, bigEndian: boolean): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let at = 0;
  for (const character of decoder.decode(item)) {
    if (at >= target.byteLength) throw grown();
    view.setUint32(at, character.codePointAt(0)!, !bigEndian);
    at += 4;
  }
}

function readText(element: Uint8Array, bigEndian: boolean): string {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  const points: number[] = [];
  for (let at = 0; at < element.byteLength; at += 4) points.push(view.getUint32(at, !bigEndian));
  while (points[points.length - 1] === 0) points.pop();
  return String.fromCodePoint(...points);
}

function fitting(item: Uint8Array, target: Uint8Array): Uint8Array {
  if (item.byteLength > target.byteLength) throw grown();
  return item;
}

function withoutPadding(element: Uint8Array): Uint8Array {
  let end = element.byteLength;
  while (end > 0 && element[end - 1] === 0) end--;
  return element.subarray(0, end);
}

function grown(): TesseraError {
  return new TesseraError('stale', 'A string in these data is longer than any was when they were indexed. Index them anew.');
}

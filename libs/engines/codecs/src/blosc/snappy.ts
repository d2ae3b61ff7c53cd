import { TesseraError } from '@tessera/domain';

/** A raw Snappy block (google/snappy, format_description.txt). @throws TesseraError gone if it does not decode to at most `byteLength` bytes. */
export function decodeSnappy(bytes: Uint8Array, byteLength: number): Uint8Array {
  let from = 0;
  const next = (): number => {
    if (from >= bytes.byteLength) throw damaged();
    return bytes[from++]!;
  };
  const nextLittleEndian = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++) value += next() * 256 ** index;
    return value;
  };
  const length = nextVarint(next);
  if (length > byteLength) throw damaged();
  const result = new Uint8Array(length);
  let to = 0;
  while (from < bytes.byteLength) {
    const tag = next();
    if ((tag & 3) === 0) {
      const short = tag >>> 2;
      const count = 1 + (short < 60 ? short : nextLittleEndian(short - 59));
      if (from + count > bytes.byteLength || to + count > length) throw damaged();
      result.set(bytes.subarray(from, from + count), to);
      from += count;
      to += count;
    } else {
      const count = (tag & 3) === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
      const distance = (tag & 3) === 1 ? ((tag >>> 5) << 8) | next() : nextLittleEndian((tag & 3) === 2 ? 2 : 4);
      if (distance === 0 || distance > to || to + count > length) throw damaged();
      for (const end = to + count; to < end; to++) result[to] = result[to - distance]!;
    }
  }
  if (to !== length) throw damaged();
  return result;
}

function nextVarint(next: () => number): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = next();
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return value;
  }
  throw damaged();
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (blosc, snappy): it is damaged.', { codec: 'blosc' });
}

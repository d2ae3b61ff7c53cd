import { TesseraError } from '@tessera/domain';

// BloscLZ: runs of literals and back references. A control byte below 32 is a
// count of literals less one. Otherwise its high bits are a length (7 = more
// follows, in bytes that add up until one is not 255) and its low five bits the
// high part of a distance, whose low part follows; the largest distance of that
// form announces a farther one in two bytes more, big-endian.
const farMark = 31 << 8;
const farBase = 8191;

/** @throws TesseraError gone if the bytes do not decode to at most `byteLength` bytes. */
export function decodeBlosclz(bytes: Uint8Array, byteLength: number): Uint8Array {
  const result = new Uint8Array(byteLength);
  let from = 0;
  let to = 0;
  const next = (): number => {
    if (from >= bytes.byteLength) throw damaged();
    return bytes[from++]!;
  };
  // The first control byte is a literal run: there is nothing to refer back to.
  let control = next() & 31;
  for (;;) {
    if (control < 32) {
      const count = control + 1;
      if (from + count > bytes.byteLength || to + count > byteLength) throw damaged();
      result.set(bytes.subarray(from, from + count), to);
      from += count;
      to += count;
    } else {
      const { length, distance } = readReference(control, next);
      if (distance > to || to + length > byteLength) throw damaged();
      for (const end = to + length; to < end; to++) result[to] = result[to - distance]!;
    }
    if (from >= bytes.byteLength) return result.subarray(0, to);
    control = next();
  }
}

function readReference(control: number, next: () => number): { length: number; distance: number } {
  let length = (control >>> 5) + 2;
  if (control >>> 5 === 7) {
    let more: number;
    do {
      more = next();
      length += more;
    } while (more === 255);
  }
  const high = (control & 31) << 8;
  const low = next();
  if (low === 255 && high === farMark) return { length, distance: farBase + 1 + (next() << 8) + next() };
  return { length, distance: high + low + 1 };
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (blosc, blosclz): it is damaged.', { codec: 'blosc' });
}

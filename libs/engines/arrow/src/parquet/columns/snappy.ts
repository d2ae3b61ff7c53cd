import { DamagedColumn } from './damaged-column.ts';

/**
 * A raw Snappy block (google/snappy, format_description.txt) into `target`, from its start.
 * @throws DamagedColumn if it does not hold exactly `byteLength` bytes.
 */
export function decodeSnappyInto(bytes: Uint8Array, target: Uint8Array, byteLength: number): void {
  let from = 0;
  let length = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[from++];
    if (byte === undefined || shift > 2 ** 28) throw damaged();
    length += (byte & 127) * shift;
    if (byte < 128) break;
  }
  if (length !== byteLength) throw damaged();
  let to = 0;
  while (from < bytes.byteLength) {
    const tag = bytes[from++]!;
    if ((tag & 3) === 0) {
      let count = tag >>> 2;
      if (count >= 60) {
        const lengthByteLength = count - 59;
        count = 0;
        for (let i = lengthByteLength - 1; i >= 0; i--) count = count * 256 + (bytes[from + i] ?? Infinity);
        from += lengthByteLength;
      }
      count++;
      if (from + count > bytes.byteLength || to + count > length) throw damaged();
      if (count <= 16) for (let i = 0; i < count; i++) target[to + i] = bytes[from + i]!;
      else target.set(bytes.subarray(from, from + count), to);
      from += count;
      to += count;
      continue;
    }
    let count: number;
    let distance: number;
    if ((tag & 3) === 1) {
      count = 4 + ((tag >>> 2) & 7);
      distance = ((tag >>> 5) << 8) | bytes[from]!;
      from += 1;
    } else if ((tag & 3) === 2) {
      count = 1 + (tag >>> 2);
      distance = bytes[from]! | (bytes[from + 1]! << 8);
      from += 2;
    } else {
      count = 1 + (tag >>> 2);
      distance = (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)) >>> 0;
      from += 4;
    }
    if (from > bytes.byteLength || distance === 0 || distance > to || to + count > length) throw damaged();
    if (distance >= count && count > 24) target.copyWithin(to, to - distance, to - distance + count);
    else for (let i = 0; i < count; i++) target[to + i] = target[to - distance + i]!;
    to += count;
  }
  if (to !== length) throw damaged();
}

function damaged(): DamagedColumn {
  return new DamagedColumn('a page cannot be decompressed');
}

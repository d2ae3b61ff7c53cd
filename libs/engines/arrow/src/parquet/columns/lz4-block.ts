import { DamagedColumn } from './damaged-column.ts';

/**
 * An LZ4 block (lz4_Block_format.md) into `target`, from its start.
 * @throws DamagedColumn if it does not hold exactly `byteLength` bytes.
 */
export function decodeLz4BlockInto(bytes: Uint8Array, target: Uint8Array, byteLength: number): void {
  const end = bytes.byteLength;
  let from = 0;
  let to = 0;
  while (from < end) {
    const token = bytes[from++]!;
    let literalCount = token >> 4;
    if (literalCount === 15) {
      for (let more = 255; more === 255;) {
        if (from >= end) throw damaged();
        more = bytes[from++]!;
        literalCount += more;
      }
    }
    if (from + literalCount > end || to + literalCount > byteLength) throw damaged();
    if (literalCount <= 16) for (let i = 0; i < literalCount; i++) target[to + i] = bytes[from + i]!;
    else target.set(bytes.subarray(from, from + literalCount), to);
    from += literalCount;
    to += literalCount;
    // The last sequence has no match.
    if (from === end) break;
    if (from + 2 > end) throw damaged();
    const distance = bytes[from]! | (bytes[from + 1]! << 8);
    from += 2;
    let count = (token & 15) + 4;
    if (count === 19) {
      for (let more = 255; more === 255;) {
        if (from >= end) throw damaged();
        more = bytes[from++]!;
        count += more;
      }
    }
    if (distance === 0 || distance > to || to + count > byteLength) throw damaged();
    if (distance >= count && count > 24) target.copyWithin(to, to - distance, to - distance + count);
    else for (let i = 0; i < count; i++) target[to + i] = target[to - distance + i]!;
    to += count;
  }
  if (to !== byteLength) throw damaged();
}

function damaged(): DamagedColumn {
  return new DamagedColumn('a page cannot be decompressed');
}

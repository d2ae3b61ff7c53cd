// The central directory of a zip file (PKWARE APPNOTE 4.3.12, 4.4, 4.5.3).
import { TesseraError } from '@tessera/domain';
import { damaged } from './damage.ts';
import { uint64, viewOf, type DirectoryPlace, type ReadBytes } from './find-directory.ts';
import { memberName } from './member-name.ts';

/** One file in a zip file, as the directory tells of it. */
export interface ZipMember {
  readonly name: string;
  /** 0 = stored as it is, 8 = deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly storedByteLength: number;
  readonly byteLength: number;
  /** Of its local header, from the start of the file. */
  readonly headerByteOffset: number;
  /** Of its name as it is written. */
  readonly nameByteLength: number;
}

const entrySignature = 0x02014b50;
const entryByteLength = 46;
const pieceByteLength = 2 ** 20;
/** Each takes some hundred bytes of memory while the file is indexed. */
const maxMemberCount = 2 ** 20;
const maxDirectoryByteLength = 2 ** 28;

/** Every member that is no folder; of several of one name the last, which was written later. @throws TesseraError gone. */
export async function readDirectory(read: ReadBytes, place: DirectoryPlace): Promise<Map<string, ZipMember>> {
  if (place.memberCount > maxMemberCount || place.byteLength > maxDirectoryByteLength) {
    throw new TesseraError('gone', `The zip file has ${place.memberCount} members; at most ${maxMemberCount} can be indexed. Unpack it.`);
  }
  const members = new Map<string, ZipMember>();
  let piece: Uint8Array = new Uint8Array();
  let at = 0;
  let next = 0;
  const need = async (byteLength: number): Promise<DataView> => {
    if (at + byteLength > piece.byteLength) {
      next -= piece.byteLength - at;
      if (next + byteLength > place.byteLength) throw damaged('its directory ends too early');
      piece = await read(place.byteOffset + next, Math.min(Math.max(pieceByteLength, byteLength), place.byteLength - next));
      next += piece.byteLength;
      at = 0;
    }
    return viewOf(piece.subarray(at, at + byteLength));
  };
  for (let index = 0; index < place.memberCount; index++) {
    const fixed = await need(entryByteLength);
    if (fixed.getUint32(0, true) !== entrySignature) throw damaged('an entry of its directory is none');
    const byteLength = entryByteLength + fixed.getUint16(28, true) + fixed.getUint16(30, true) + fixed.getUint16(32, true);
    const member = parseEntry(await need(byteLength), place.shift);
    at += byteLength;
    if (!member.name.endsWith('/')) members.set(member.name, member);
  }
  return members;
}

function parseEntry(entry: DataView, shift: number): ZipMember {
  const flags = entry.getUint16(8, true);
  const nameByteLength = entry.getUint16(28, true);
  const extraStart = entryByteLength + nameByteLength;
  const sizes = withLargeSizes(entry, extraStart, extraStart + entry.getUint16(30, true), [entry.getUint32(24, true), entry.getUint32(20, true), entry.getUint32(42, true)]);
  const [byteLength, storedByteLength, headerByteOffset] = sizes as [number, number, number];
  if (!sizes.every(Number.isSafeInteger)) throw damaged('a member is larger than any file');
  return {
    name: memberName(new Uint8Array(entry.buffer, entry.byteOffset + entryByteLength, nameByteLength), (flags & 0x800) !== 0),
    method: entry.getUint16(10, true),
    isEncrypted: (flags & 1) !== 0,
    storedByteLength, byteLength, headerByteOffset: headerByteOffset + shift, nameByteLength,
  };
}

/** Sizes that do not fit four bytes have all bits set there, and stand in this order in the zip64 field. */
function withLargeSizes(entry: DataView, start: number, end: number, sizes: readonly number[]): readonly number[] {
  if (!sizes.includes(0xffffffff)) return sizes;
  for (let at = start; at + 4 <= end; ) {
    const fieldEnd = at + 4 + entry.getUint16(at + 2, true);
    if (entry.getUint16(at, true) === 1 && fieldEnd <= end) {
      let value = at + 4;
      return sizes.map((size) => {
        if (size !== 0xffffffff || value + 8 > fieldEnd) return size;
        value += 8;
        return uint64(entry, value - 8);
      });
    }
    at = fieldEnd;
  }
  return sizes;
}

// Where the central directory of a zip file is (PKWARE APPNOTE 4.3.14 to 4.3.16).
import { damaged } from './damage.ts';

export interface DirectoryPlace {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly memberCount: number;
  /** What stands before the zip file in the same file: offsets of members are counted from there. */
  readonly shift: number;
}

/** Exactly these bytes of the file. @throws TesseraError gone if it has not got them. */
export type ReadBytes = (byteOffset: number, byteLength: number) => Promise<Uint8Array>;

const endSignature = 0x06054b50;
const endByteLength = 22;
const maxCommentByteLength = 0xffff;
const locatorSignature = 0x07064b50;
const locatorByteLength = 20;
const largeEndSignature = 0x06064b50;
const largeEndByteLength = 56;

/** @throws TesseraError gone if there is none. */
export async function findDirectory(read: ReadBytes, fileByteLength: number): Promise<DirectoryPlace> {
  const tailByteLength = Math.min(fileByteLength, endByteLength + maxCommentByteLength + locatorByteLength);
  const tailStart = fileByteLength - tailByteLength;
  const tail = viewOf(await read(tailStart, tailByteLength));
  const at = endRecordAt(tail);
  if (at < 0) throw damaged('it has no directory at its end, so a part of it is missing');
  const locatorAt = at - locatorByteLength;
  const isLarge = locatorAt >= 0 && tail.getUint32(locatorAt, true) === locatorSignature;
  if (isLarge) return largeDirectory(read, tail, locatorAt, tailStart);
  return checked(tail.getUint32(at + 16, true), tail.getUint32(at + 12, true), tail.getUint16(at + 10, true), tailStart + at);
}

/** The last record whose comment reaches to the end of the file, or would if it were not cut. */
function endRecordAt(tail: DataView): number {
  for (let at = tail.byteLength - endByteLength; at >= 0; at--) {
    if (tail.getUint32(at, true) === endSignature && at + endByteLength + tail.getUint16(at + 20, true) <= tail.byteLength) return at;
  }
  return -1;
}

/** Zip64: the record is named by a locator; something before the zip file moves it. */
async function largeDirectory(read: ReadBytes, tail: DataView, locatorAt: number, tailStart: number): Promise<DirectoryPlace> {
  const claimed = uint64(tail, locatorAt + 8);
  for (const start of [tailStart + locatorAt - largeEndByteLength, claimed]) {
    if (!(start >= 0 && start + largeEndByteLength <= tailStart + locatorAt)) continue;
    const record = viewOf(await read(start, largeEndByteLength));
    if (record.getUint32(0, true) !== largeEndSignature) continue;
    return checked(uint64(record, 48), uint64(record, 40), uint64(record, 32), start);
  }
  throw damaged('its directory is not where it should be');
}

function checked(claimedByteOffset: number, byteLength: number, memberCount: number, end: number): DirectoryPlace {
  // The directory ends where the record of its end begins, wherever it claims to be.
  const byteOffset = end - byteLength;
  const shift = byteOffset - claimedByteOffset;
  if (!Number.isSafeInteger(byteLength) || !Number.isSafeInteger(memberCount) || byteOffset < 0 || !(shift >= 0)) throw damaged('its directory is not where it should be');
  return { byteOffset, byteLength, memberCount, shift };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Inexact beyond 2^53: no file is so long. */
export function uint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

// ZIP (APPNOTE.TXT 6.3.10): members one behind the other, stored as they are or deflated, and the directory of them at the end.
import { crc32 } from 'node:zlib';
import { TesseraError } from '@tessera/domain';
import { deflatePieces } from './deflate-pieces.ts';

/** A member that is stored as it is: in memory whole, or in pieces whose length together is known before. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array | { readonly byteLength: number; readonly pieces: AsyncIterable<Uint8Array> };
}

/** A member that is deflated while it is sent: its sizes stand behind it. It may have up to 4 GiB. */
export interface StreamedZipMember {
  readonly name: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Larger numbers stand in 64-bit fields of their own (section 4.5.3). */
const max32 = 0xffff_ffff;
const max16 = 0xffff;
/** Names are UTF-8 (section 4.4.4, bit 11). */
const flags = 0x0800;
/** Checksum and sizes follow in a data descriptor (bit 3). */
const streamedFlags = flags | 0x0008;
const methodDeflated = 8;
/** What deflating needs too (section 4.4.3.2). */
const versionStored = 20;
const versionZip64 = 45;
/** Midnight of 1 January 1980: the same data make the same file. */
const dosTime = 0;
const dosDate = 0x21;

/** Directory entries are gathered into buffers of about this size. */
const directoryPieceByteLength = 256 * 1024;

/** The file, front to back; of each member about 60 bytes and its name are kept for the directory. */
export async function* writeZip(members: AsyncIterable<ZipMember | StreamedZipMember>): AsyncGenerator<Uint8Array> {
  const directory = new Directory();
  let at = 0;
  for await (const member of members) {
    const name = Buffer.from(member.name, 'utf8');
    const entry: Entry = { name, byteOffset: at, checksum: 0, byteLength: 0, storedByteLength: 0, isDeflated: 'pieces' in member, isStreamed: 'pieces' in member || 'pieces' in member.bytes };
    for await (const piece of written(member, entry)) {
      at += piece.byteLength;
      yield piece;
    }
    directory.add(entry);
  }
  yield* directory.write(at);
}

/** A member as the directory tells of it. */
interface Entry {
  readonly name: Buffer;
  readonly byteOffset: number;
  readonly isDeflated: boolean;
  readonly isStreamed: boolean;
  checksum: number;
  byteLength: number;
  storedByteLength: number;
}

function written(member: ZipMember | StreamedZipMember, entry: Entry): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if ('pieces' in member) return writeStreamed(deflatePieces(counted(member.pieces, entry)), entry);
  return 'pieces' in member.bytes ? writeStreamed(ofLength(counted(member.bytes.pieces, entry), member.bytes.byteLength), entry) : writeWhole(member.bytes, entry);
}

function* writeWhole(bytes: Uint8Array, entry: Entry): Generator<Uint8Array> {
  entry.checksum = crc32(bytes);
  entry.byteLength = entry.storedByteLength = bytes.byteLength;
  yield localHeader(entry);
  yield bytes;
}

async function* writeStreamed(stored: AsyncIterable<Uint8Array>, entry: Entry): AsyncGenerator<Uint8Array> {
  yield localHeader(entry);
  for await (const piece of stored) {
    entry.storedByteLength += piece.byteLength;
    yield piece;
  }
  // Data descriptor (section 4.3.9).
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  writeSizes(descriptor, 4, entry);
  yield descriptor;
}

/** What a member holds, noted in its entry as it passes. */
async function* counted(pieces: AsyncIterable<Uint8Array>, entry: Entry): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    entry.checksum = crc32(piece, entry.checksum);
    entry.byteLength += piece.byteLength;
    if (entry.byteLength > max32) throw new TesseraError('too_large', 'This file would have a part of more than 4 GiB. Ask for less at once.');
    yield piece;
  }
}

/** @throws TesseraError internal if the pieces are not as long as was said. */
async function* ofLength(pieces: AsyncIterable<Uint8Array>, byteLength: number): AsyncGenerator<Uint8Array> {
  let left = byteLength;
  for await (const piece of pieces) {
    left -= piece.byteLength;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw new TesseraError('internal', 'A member of a ZIP file is not as long as was said.');
}

function writeSizes(into: Buffer, at: number, { checksum, storedByteLength, byteLength }: Entry): void {
  into.writeUInt32LE(checksum, at);
  into.writeUInt32LE(storedByteLength, at + 4);
  into.writeUInt32LE(byteLength, at + 8);
}

/** Local file header (section 4.3.7). A member in memory has a length of 32 bits; of one that is streamed it is 0 here. */
function localHeader(entry: Entry): Buffer {
  const { name, isDeflated, isStreamed } = entry;
  const header = Buffer.alloc(30 + name.byteLength);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(versionStored, 4);
  header.writeUInt16LE(isStreamed ? streamedFlags : flags, 6);
  header.writeUInt16LE(isDeflated ? methodDeflated : 0, 8);
  header.writeUInt16LE(dosTime, 10);
  header.writeUInt16LE(dosDate, 12);
  writeSizes(header, 14, entry);
  header.writeUInt16LE(name.byteLength, 26);
  name.copy(header, 30);
  return header;
}

class Directory {
  private readonly pieces: Buffer[] = [];
  private gathered: Buffer[] = [];
  private gatheredByteLength = 0;
  private byteLength = 0;
  private count = 0;

  /** Central directory header (section 4.3.12). */
  add(member: Entry): void {
    const { name, byteOffset, isDeflated, isStreamed } = member;
    const isFar = byteOffset >= max32;
    const entry = Buffer.alloc(46 + name.byteLength + (isFar ? 12 : 0));
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(versionZip64, 4);
    entry.writeUInt16LE(isFar ? versionZip64 : versionStored, 6);
    entry.writeUInt16LE(isStreamed ? streamedFlags : flags, 8);
    entry.writeUInt16LE(isDeflated ? methodDeflated : 0, 10);
    entry.writeUInt16LE(dosTime, 12);
    entry.writeUInt16LE(dosDate, 14);
    writeSizes(entry, 16, member);
    entry.writeUInt16LE(name.byteLength, 28);
    entry.writeUInt16LE(isFar ? 12 : 0, 30);
    entry.writeUInt32LE(isFar ? max32 : byteOffset, 42);
    name.copy(entry, 46);
    if (isFar) {
      entry.writeUInt16LE(1, 46 + name.byteLength);
      entry.writeUInt16LE(8, 48 + name.byteLength);
      entry.writeBigUInt64LE(BigInt(byteOffset), 50 + name.byteLength);
    }
    this.gathered.push(entry);
    this.gatheredByteLength += entry.byteLength;
    this.byteLength += entry.byteLength;
    this.count++;
    if (this.gatheredByteLength >= directoryPieceByteLength) this.gather();
  }

  /** The directory and the records that end a file (sections 4.3.14 to 4.3.16). */
  *write(byteOffset: number): Generator<Uint8Array> {
    this.gather();
    yield* this.pieces;
    const isLarge = this.count >= max16 || byteOffset >= max32 || this.byteLength >= max32;
    if (isLarge) yield this.zip64End(byteOffset);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(Math.min(this.count, max16), 8);
    end.writeUInt16LE(Math.min(this.count, max16), 10);
    end.writeUInt32LE(Math.min(this.byteLength, max32), 12);
    end.writeUInt32LE(Math.min(byteOffset, max32), 16);
    yield end;
  }

  private zip64End(byteOffset: number): Buffer {
    const record = Buffer.alloc(56 + 20);
    record.writeUInt32LE(0x06064b50, 0);
    record.writeBigUInt64LE(44n, 4);
    record.writeUInt16LE(versionZip64, 12);
    record.writeUInt16LE(versionZip64, 14);
    record.writeBigUInt64LE(BigInt(this.count), 24);
    record.writeBigUInt64LE(BigInt(this.count), 32);
    record.writeBigUInt64LE(BigInt(this.byteLength), 40);
    record.writeBigUInt64LE(BigInt(byteOffset), 48);
    record.writeUInt32LE(0x07064b50, 56);
    record.writeBigUInt64LE(BigInt(byteOffset + this.byteLength), 64);
    record.writeUInt32LE(1, 72);
    return record;
  }

  private gather(): void {
    if (this.gathered.length > 0) this.pieces.push(Buffer.concat(this.gathered));
    this.gathered = [];
    this.gatheredByteLength = 0;
  }
}

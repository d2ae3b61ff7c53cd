// ZIP (APPNOTE.TXT 6.3.10): members stored as they are, one behind the other, and the directory of them at the end.
import { crc32 } from 'node:zlib';

/** A member that is in memory whole. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Larger numbers stand in 64-bit fields of their own (section 4.5.3). */
const max32 = 0xffff_ffff;
const max16 = 0xffff;
/** Names are UTF-8 (section 4.4.4, bit 11). */
const flags = 0x0800;
const versionStored = 20;
const versionZip64 = 45;
/** Midnight of 1 January 1980: the same data make the same file. */
const dosTime = 0;
const dosDate = 0x21;

/** Directory entries are gathered into buffers of about this size. */
const directoryPieceByteLength = 256 * 1024;

/** The file, front to back; of each member about 60 bytes and its name are kept for the directory. */
export async function* writeZip(members: AsyncIterable<ZipMember>): AsyncGenerator<Uint8Array> {
  const directory = new Directory();
  let at = 0;
  for await (const { name, bytes } of members) {
    const nameBytes = Buffer.from(name, 'utf8');
    const header = localHeader(nameBytes, crc32(bytes), bytes.byteLength);
    directory.add(nameBytes, header.readUInt32LE(14), bytes.byteLength, at);
    at += header.byteLength + bytes.byteLength;
    yield header;
    yield bytes;
  }
  yield* directory.write(at);
}

/** Local file header (section 4.3.7). A member is in memory, so its length has 32 bits. */
function localHeader(name: Buffer, checksum: number, byteLength: number): Buffer {
  const header = Buffer.alloc(30 + name.byteLength);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(versionStored, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(dosTime, 10);
  header.writeUInt16LE(dosDate, 12);
  header.writeUInt32LE(checksum, 14);
  header.writeUInt32LE(byteLength, 18);
  header.writeUInt32LE(byteLength, 22);
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
  add(name: Buffer, checksum: number, byteLength: number, byteOffset: number): void {
    const isFar = byteOffset >= max32;
    const entry = Buffer.alloc(46 + name.byteLength + (isFar ? 12 : 0));
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(versionZip64, 4);
    entry.writeUInt16LE(isFar ? versionZip64 : versionStored, 6);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(dosTime, 12);
    entry.writeUInt16LE(dosDate, 14);
    entry.writeUInt32LE(checksum, 16);
    entry.writeUInt32LE(byteLength, 20);
    entry.writeUInt32LE(byteLength, 24);
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

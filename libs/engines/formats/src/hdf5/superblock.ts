// HDF5 File Format Specification 3.0, II.A "Disk Format: Level 0A - Format Signature and Superblock".
import { TesseraError, type ByteStore, type Entry } from '@tessera/domain';
import { ByteCursor, type FieldSizes } from './byte-cursor.ts';
import { checkChecksum } from './checksum.ts';
import { damaged } from './damage.ts';
import type { MetadataReader } from './metadata-reader.ts';

export interface Superblock extends FieldSizes {
  /** Where the superblock lies: all addresses count from here (a user block may precede it). */
  readonly baseOffset: number;
  readonly rootAddress: number;
  /** A writer has the file open and lets others read it meanwhile (SWMR). */
  readonly isBeingWritten: boolean;
  /** Object header with file-wide messages. */
  readonly extensionAddress?: number;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

function isSignatureAt(bytes: Uint8Array, start: number): boolean {
  return signature.every((byte, index) => bytes[start + index] === byte);
}

/** Where a superblock may begin: 0, 512, 1024, 2048 … */
function* superblockOffsets(byteLength: number): Generator<number> {
  for (let offset = 0; offset + signature.length <= byteLength; offset = offset === 0 ? 512 : offset * 2) yield offset;
}

/** Whether a file is HDF5 by its head; beyond that only if there is a store to read on from. */
export async function hasSignature(entry: Entry, head: Uint8Array, store?: ByteStore): Promise<boolean> {
  for (const offset of superblockOffsets(entry.byteLength ?? head.byteLength)) {
    const isInHead = offset + signature.length <= head.byteLength;
    const bytes = isInHead ? head.subarray(offset) : await store?.read(entry.uri, { byteOffset: offset, byteLength: signature.length });
    if (bytes && isSignatureAt(bytes, 0)) return true;
    if (!isInHead && !store) return false;
  }
  return false;
}

/** @throws TesseraError gone if there is no superblock, or one that cannot be read. */
export async function readSuperblock(reader: MetadataReader): Promise<Superblock> {
  for (const baseOffset of superblockOffsets(reader.byteLength)) {
    if (isSignatureAt(await reader.readUpTo(baseOffset, signature.length), 0)) {
      return parseSuperblock(await reader.readUpTo(baseOffset, 128), baseOffset);
    }
  }
  throw new TesseraError('gone', whatElse(await reader.readUpTo(0, signature.length)));
}

/** What a file without a signature is, as far as it can be told. */
function whatElse(head: Uint8Array): string {
  const start = Buffer.from(head).toString('latin1');
  if (head.byteLength === 0) return 'The file is empty.';
  if (start.startsWith('CDF')) return 'This is a netCDF classic file, which is not read. Convert it to netCDF-4: nccopy -k nc4 OLD.nc NEW.nc.';
  if (start.startsWith('\x0e\x03\x13\x01')) return 'This is an HDF4 file, which is not read. Convert it to HDF5: h4toh5 OLD.hdf NEW.h5.';
  return 'This is not an HDF5 file: its signature is missing.';
}

function parseSuperblock(bytes: Uint8Array, baseOffset: number): Superblock {
  const version = bytes[signature.length];
  if (version === 0 || version === 1) return parseOldSuperblock(bytes, baseOffset, version);
  if (version === 2 || version === 3) return parseNewSuperblock(bytes, baseOffset);
  throw damaged(`its superblock has the unknown version ${version}`);
}

function checkSizes(offsetSize: number | undefined, lengthSize: number | undefined): FieldSizes {
  const known = [2, 4, 8];
  if (!known.includes(offsetSize!) || !known.includes(lengthSize!)) throw damaged(`its addresses have ${offsetSize} and its lengths ${lengthSize} bytes`);
  return { offsetSize: offsetSize!, lengthSize: lengthSize! };
}

function parseOldSuperblock(bytes: Uint8Array, baseOffset: number, version: 0 | 1): Superblock {
  const sizes = checkSizes(bytes[13], bytes[14]);
  const cursor = new ByteCursor(bytes, sizes, version === 0 ? 24 : 28);
  // Base, free space, end of file, driver information; then the root group's symbol table entry: name, header.
  // The base address is where the superblock was when written; the HDF5 library, too, counts from where it is now.
  cursor.skip(4 * sizes.offsetSize + sizes.offsetSize);
  return { ...sizes, baseOffset, rootAddress: cursor.definedAddress(), isBeingWritten: false };
}

function parseNewSuperblock(bytes: Uint8Array, baseOffset: number): Superblock {
  const sizes = checkSizes(bytes[9], bytes[10]);
  const cursor = new ByteCursor(bytes, sizes, 12);
  cursor.skip(sizes.offsetSize);
  const extensionAddress = cursor.address();
  cursor.skip(sizes.offsetSize);
  const rootAddress = cursor.definedAddress();
  cursor.skip(4);
  checkChecksum(bytes.subarray(0, cursor.position), 'superblock');
  // Bit 0: open for writing, bit 2: for one writer and many readers; version 2 has no such flags.
  const isBeingWritten = bytes[signature.length] === 3 && (bytes[11]! & 5) === 5;
  return { ...sizes, baseOffset, rootAddress, isBeingWritten, ...(extensionAddress === undefined ? {} : { extensionAddress }) };
}

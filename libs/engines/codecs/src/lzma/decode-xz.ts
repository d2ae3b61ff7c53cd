// The xz file format, version 1.2 (https://tukaani.org/xz/xz-file-format.txt).
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64 } from './crc64.ts';
import { decodeLzma2 } from './decode-lzma2.ts';
import { deltaId, lzma2Id, refuseFilter, undoDeltas, type DeltaFilter } from './filters.ts';
import { GrowingOutput } from './growing-output.ts';

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const headerByteLength = 12;
/** Of the check of a block, by its number (section 2.1.1.2). */
const checkByteLengths = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** One stream after the other. @throws RangeError; TesseraError unsupported for filters other than delta and LZMA2. */
export function decodeXz(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const output = new GrowingOutput(maxByteLength, bytes.byteLength * 4);
  let at = 0;
  do {
    at = decodeStream(bytes, at, output);
    // Padding between streams is of four zeros.
    while (at + 4 <= bytes.byteLength && bytes[at] === 0) at += 4;
  } while (at < bytes.byteLength);
  return output.finished();
}

function decodeStream(bytes: Uint8Array, start: number, output: GrowingOutput): number {
  const header = part(bytes, start, headerByteLength);
  if (!magic.every((byte, index) => header[index] === byte)) throw new RangeError('this is not xz');
  expectCrc32(header.subarray(6, 8), header.subarray(8));
  const check = header[7]! & 0xf;
  let at = start + headerByteLength;
  while (part(bytes, at, 1)[0] !== 0) at = decodeBlock(bytes, at, check, output);
  at = skipIndex(bytes, at);
  const footer = part(bytes, at, headerByteLength);
  expectCrc32(footer.subarray(4, 10), footer);
  if (footer[8] !== header[6] || footer[9] !== header[7] || footer[10] !== 0x59 || footer[11] !== 0x5a) throw new RangeError('the end of a stream is wrong');
  return at + headerByteLength;
}

function decodeBlock(bytes: Uint8Array, start: number, check: number, output: GrowingOutput): number {
  const byteLength = (bytes[start]! + 1) * 4;
  const header = part(bytes, start, byteLength);
  expectCrc32(header.subarray(0, -4), header.subarray(-4));
  const deltas = parseFilters(new Cursor(header.subarray(0, -4), 1));
  const decodedStart = output.length;
  let at = decodeLzma2(bytes, start + byteLength, output);
  const decoded = output.finished().subarray(decodedStart);
  undoDeltas(deltas, decoded);
  at += (4 - ((at - start) % 4)) % 4;
  const checkByteLength = checkByteLengths[check]!;
  expectCheck(check, decoded, part(bytes, at, checkByteLength));
  return at + checkByteLength;
}

/** What stands before LZMA2 (section 3.1). */
function parseFilters(cursor: Cursor): DeltaFilter[] {
  const flags = cursor.byte();
  if ((flags & 0x3c) !== 0) throw new RangeError('a block has flags that nobody knows');
  // Lengths of the block, which it tells by itself.
  if (flags & 0x40) cursor.integer();
  if (flags & 0x80) cursor.integer();
  const deltas: DeltaFilter[] = [];
  for (let left = flags & 3; ; left--) {
    const id = cursor.integer();
    const properties = cursor.take(cursor.integer());
    if (left === 0) return id === lzma2Id ? deltas : refuseFilter(id);
    if (id !== deltaId || properties.byteLength !== 1) refuseFilter(id);
    deltas.push({ distance: properties[0]! + 1 });
  }
}

/** Section 4: what the blocks told already. */
function skipIndex(bytes: Uint8Array, start: number): number {
  const cursor = new Cursor(bytes, start + 1);
  for (let left = cursor.integer(); left > 0; left--) {
    cursor.integer();
    cursor.integer();
  }
  const end = cursor.position + ((4 - ((cursor.position - start) % 4)) % 4);
  expectCrc32(part(bytes, start, end - start), part(bytes, end, 4));
  return end + 4;
}

class Cursor {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  take(byteLength: number): Uint8Array {
    const taken = part(this.#bytes, this.position, byteLength);
    this.position += byteLength;
    return taken;
  }

  /** Section 1.2: seven bits a byte, lowest first. */
  integer(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large');
      if (byte < 0x80) return value;
    }
  }
}

function part(bytes: Uint8Array, start: number, byteLength: number): Uint8Array {
  if (!(start + byteLength <= bytes.byteLength)) throw new RangeError('they end too early');
  return bytes.subarray(start, start + byteLength);
}

function expectCrc32(bytes: Uint8Array, stored: Uint8Array): void {
  if (crc32(bytes) !== u32(stored, 0)) throw new RangeError('a checksum is wrong');
}

/** Checks of other kinds than these are not looked at. */
function expectCheck(check: number, decoded: Uint8Array, stored: Uint8Array): void {
  if (check === 1) expectCrc32(decoded, stored);
  if (check === 4) {
    const [low, high] = crc64(decoded);
    if (low !== u32(stored, 0) || high !== u32(stored, 4)) throw new RangeError('a checksum is wrong');
  }
  if (check === 10 && hash('sha256', decoded, 'hex') !== Buffer.from(stored).toString('hex')) throw new RangeError('a checksum is wrong');
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

import { TesseraError } from '@tessera/domain';
import { bloscDecompressors } from '../blosc/decode-blosc.ts';
import { unshuffleBits } from '../blosc/unshuffle.ts';
import { unshuffleBytes } from '../unshuffle-bytes.ts';

// A Blosc 2 chunk (c-blosc2, README_CHUNK_FORMAT.rst): the header of Blosc 1, then 16 bytes more:
// filter codes (6), compressor of the user (1), its meta, meta of the filters (6), reserved, flags.
const blosc1HeaderByteLength = 16;
const headerByteLength = 32;
const extendedHeader = 0x05;
const flagStored = 0x02;
const flagNotSplit = 0x10;
const flag2Dictionary = 0x01;
const filterCount = 6;

const special = { none: 0, zeros: 1, nans: 2, value: 3, uninitialised: 4 } as const;

interface ChunkHeader {
  readonly typesize: number;
  readonly byteLength: number;
  readonly blockByteLength: number;
  readonly flags: number;
  readonly special: number;
  readonly filters: readonly Filter[];
}

interface Filter {
  readonly code: number;
  readonly meta: number;
}

/** @throws TesseraError gone if the bytes are no sound chunk, hold more than `maxByteLength` bytes, or need what is not supported. */
export function decodeBlosc2Chunk(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = parseHeader(view, maxByteLength);
  const { byteLength, blockByteLength } = header;
  if (byteLength === 0) return new Uint8Array();
  if (header.special !== special.none) return specialValues(header.special, header.typesize, byteLength, bytes.subarray(headerByteLength));
  if ((header.flags & flagStored) !== 0) return exactly(bytes.subarray(headerByteLength, headerByteLength + byteLength), byteLength);
  const blockCount = Math.ceil(byteLength / blockByteLength);
  if (headerByteLength + blockCount * 4 > bytes.byteLength) throw damaged('its block table is cut off');
  const result = Buffer.allocUnsafeSlow(byteLength);
  for (let block = 0; block < blockCount; block++) {
    const target = result.subarray(block * blockByteLength, Math.min((block + 1) * blockByteLength, byteLength));
    const decompressed = decompressBlock(header, bytes, view, view.getUint32(headerByteLength + block * 4, true), target.byteLength);
    undoFilters(header, decompressed, target, result, block);
  }
  return result;
}

function parseHeader(view: DataView, maxByteLength: number): ChunkHeader {
  if (view.byteLength < headerByteLength) throw damaged('it is shorter than a header');
  const flags = view.getUint8(2);
  if ((flags & extendedHeader) !== extendedHeader) throw damaged(`its header is ${blosc1HeaderByteLength} bytes long, that of Blosc 1`);
  const byteLength = view.getUint32(4, true);
  const blockByteLength = view.getUint32(8, true);
  const flags2 = view.getUint8(31);
  if (byteLength > maxByteLength) throw damaged(`it claims ${byteLength} bytes, it should have at most ${maxByteLength}`);
  if (blockByteLength === 0 && byteLength > 0) throw damaged('its block size is 0');
  if ((flags2 & flag2Dictionary) !== 0) throw damaged('its dictionary is not supported');
  const filters = Array.from({ length: filterCount }, (_, index) => ({ code: view.getUint8(16 + index), meta: view.getUint8(24 + index) }));
  return { typesize: Math.max(view.getUint8(3), 1), byteLength, blockByteLength, flags, special: (flags2 >> 4) & 7, filters };
}

/** A run of one value. `value` are the bytes after the header, if there are any. */
export function specialValues(kind: number, typesize: number, byteLength: number, value: Uint8Array): Uint8Array {
  const result = Buffer.alloc(byteLength);
  switch (kind) {
    case special.zeros:
    case special.uninitialised:
      return result;
    case special.nans:
      if (typesize === 4) for (let at = 0; at + 4 <= byteLength; at += 4) result.writeUInt32LE(0x7fc00000, at);
      else if (typesize === 8) for (let at = 0; at + 8 <= byteLength; at += 8) result.writeUInt32LE(0x7ff80000, at + 4);
      else throw damaged('it has NaNs of an unknown size');
      return result;
    case special.value:
      if (value.byteLength === 0) throw damaged('its value is cut off');
      return result.fill(value);
  }
  throw damaged(`it has special values of the unknown kind ${kind}`);
}

function decompressBlock({ flags, typesize, blockByteLength }: ChunkHeader, bytes: Uint8Array, view: DataView, start: number, byteLength: number): Uint8Array {
  const decompress = bloscDecompressors[flags >>> 5];
  if (!decompress) throw damaged(`its compressor ${flags >>> 5} is not supported`);
  const streams = (flags & flagNotSplit) === 0 && byteLength === blockByteLength ? typesize : 1;
  const streamByteLength = Math.floor(byteLength / streams);
  const block = Buffer.allocUnsafe(byteLength);
  let at = start;
  for (let stream = 0; stream < streams; stream++) {
    if (at + 4 > bytes.byteLength) throw damaged('a block lies beyond its end');
    const encodedByteLength = view.getInt32(at, true);
    const target = block.subarray(stream * streamByteLength, (stream + 1) * streamByteLength);
    at += 4;
    if (encodedByteLength <= 0) {
      // No data: a run of zeros, or of the byte that the length is the negative of, then with a mark.
      if (encodedByteLength < 0 && (encodedByteLength < -255 || ((bytes[at++] ?? 0) & 1) === 0)) throw damaged('a block is stored in an unknown way');
      target.fill(-encodedByteLength);
      continue;
    }
    if (at + encodedByteLength > bytes.byteLength) throw damaged('a block lies beyond its end');
    const encoded = bytes.subarray(at, at + encodedByteLength);
    target.set(exactly(encodedByteLength === streamByteLength ? encoded : decompress(encoded, streamByteLength), streamByteLength));
    at += encodedByteLength;
  }
  if (streams * streamByteLength !== byteLength) throw damaged('a block cannot be split evenly');
  return block;
}

const filterCode = { none: 0, shuffle: 1, bitShuffle: 2, delta: 3, truncatePrecision: 4 } as const;

function undoFilters({ filters, typesize }: ChunkHeader, block: Uint8Array, target: Uint8Array, chunk: Uint8Array, number: number): void {
  let current = block;
  for (const { code, meta } of filters.toReversed()) {
    // Less precise numbers stay as they are.
    if (code === filterCode.none || code === filterCode.truncatePrecision) continue;
    const next = Buffer.allocUnsafe(current.byteLength);
    if (code === filterCode.shuffle) unshuffleBytes(current, next, meta || typesize);
    else if (code === filterCode.bitShuffle) unshuffleWholeBits(current, next, typesize);
    else if (code === filterCode.delta) undoDelta(current, next, number === 0 ? undefined : chunk, typesize);
    else throw damaged(`its filter ${code} is not supported`);
    current = next;
  }
  target.set(current);
}

/** Blosc 2 shuffles the bits of as many elements as make whole bytes, and leaves the rest alone. */
function unshuffleWholeBits(block: Uint8Array, target: Uint8Array, typesize: number): void {
  const shuffled = Math.floor(block.byteLength / typesize / 8) * 8 * typesize;
  unshuffleBits(block.subarray(0, shuffled), target.subarray(0, shuffled), typesize);
  target.set(block.subarray(shuffled), shuffled);
}

/** Elements were XORed with those of the first block, in it with the one before. `first` is undefined for the first block itself. */
function undoDelta(block: Uint8Array, target: Uint8Array, first: Uint8Array | undefined, typesize: number): void {
  const width = [1, 2, 4, 8].includes(typesize) ? typesize : typesize % 8 === 0 ? 8 : 1;
  const end = block.byteLength - (block.byteLength % width);
  target.set(block);
  if (first) for (let at = 0; at < end; at++) target[at]! ^= first[at]!;
  else for (let at = width; at < end; at++) target[at]! ^= target[at - width]!;
}

function exactly(bytes: Uint8Array, byteLength: number): Uint8Array {
  if (bytes.byteLength !== byteLength) throw damaged('a block has the wrong length');
  return bytes;
}

/** `reason` completes "could not be decoded: ". */
export function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (blosc2): ${reason}.`, { codec: 'blosc2' });
}

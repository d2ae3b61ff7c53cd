import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { TesseraError } from '@tessera/domain';
import { uncompressSync as uncompressLz4 } from 'lz4-napi';
import { decodeBlosclz } from './blosclz.ts';
import { decodeSnappy } from './snappy.ts';
import { unshuffleBytes } from '../unshuffle-bytes.ts';
import { unshuffleBits } from './unshuffle.ts';

// Blosc 1 header (c-blosc, README_HEADER.rst): version, compressor version, flags, typesize; then nbytes, blocksize, cbytes (u32, little-endian).
const headerByteLength = 16;
const flagByteShuffle = 0x01;
const flagStored = 0x02;
const flagBitShuffle = 0x04;
const flagNotSplit = 0x10;

/** Blocks of elements of at most this size are split into a stream for each byte of an element. */
const maxSplits = 16;
const minSplitElements = 128;

type Decompress = (bytes: Uint8Array, byteLength: number) => Uint8Array;

/** By the three high bits of the flags. */
export const bloscDecompressors: readonly (Decompress | undefined)[] = [
  decodeBlosclz,
  decodeLz4Block,
  decodeSnappy,
  (bytes, byteLength) => inflateSync(bytes, { maxOutputLength: byteLength, chunkSize: Math.max(byteLength, 64) }),
  (bytes, byteLength) => zstdDecompressSync(bytes, { maxOutputLength: byteLength, chunkSize: Math.max(byteLength, 64) }),
];

interface Header {
  readonly flags: number;
  readonly typesize: number;
  readonly byteLength: number;
  readonly blockByteLength: number;
  readonly decompress: Decompress;
}

/** @throws TesseraError gone if the bytes are no sound Blosc 1 buffer, or hold more than `maxByteLength` bytes. */
export function decodeBlosc(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = parseHeader(view, maxByteLength);
  const { byteLength, blockByteLength } = header;
  if (byteLength === 0) return new Uint8Array();
  if (header.flags & flagStored) return stored(bytes, byteLength);
  const blockCount = Math.ceil(byteLength / blockByteLength);
  if (headerByteLength + blockCount * 4 > bytes.byteLength) throw damaged('its block table is cut off');
  const result = Buffer.allocUnsafeSlow(byteLength);
  for (let block = 0; block < blockCount; block++) {
    const target = result.subarray(block * blockByteLength, Math.min((block + 1) * blockByteLength, byteLength));
    decodeBlock(header, bytes, view, view.getUint32(headerByteLength + block * 4, true), target);
  }
  return result;
}

function parseHeader(view: DataView, maxByteLength: number): Header {
  if (view.byteLength < headerByteLength) throw damaged('it is shorter than a header');
  const flags = view.getUint8(2);
  const byteLength = view.getUint32(4, true);
  const blockByteLength = view.getUint32(8, true);
  const decompress = bloscDecompressors[flags >>> 5];
  if (byteLength > maxByteLength) throw damaged(`it claims ${byteLength} bytes, it should have at most ${maxByteLength}`);
  if (view.getUint8(0) > 2 || !decompress) throw damaged('its version or compressor is unknown');
  if (blockByteLength === 0 && byteLength > 0) throw damaged('its block size is 0');
  return { flags, typesize: Math.max(view.getUint8(3), 1), byteLength, blockByteLength, decompress };
}

function stored(bytes: Uint8Array, byteLength: number): Uint8Array {
  const data = bytes.subarray(headerByteLength, headerByteLength + byteLength);
  if (data.byteLength !== byteLength) throw damaged('it is cut off');
  return data;
}

function decodeBlock(header: Header, bytes: Uint8Array, view: DataView, start: number, target: Uint8Array): void {
  const { flags, typesize } = header;
  const isWhole = target.byteLength === header.blockByteLength;
  const isSplit = (flags & flagNotSplit) === 0 && typesize <= maxSplits && header.blockByteLength / typesize >= minSplitElements && isWhole;
  const unshuffle = (flags & flagByteShuffle) !== 0 && typesize > 1 ? unshuffleBytes : (flags & flagBitShuffle) !== 0 ? unshuffleBits : undefined;
  const block = unshuffle ? Buffer.allocUnsafe(target.byteLength) : target;
  const streams = isSplit ? typesize : 1;
  const streamByteLength = Math.floor(target.byteLength / streams);
  let at = start;
  for (let stream = 0; stream < streams; stream++) {
    if (at + 4 > bytes.byteLength) throw damaged('a block lies beyond its end');
    const encodedByteLength = view.getUint32(at, true);
    at += 4;
    if (at + encodedByteLength > bytes.byteLength) throw damaged('a block lies beyond its end');
    const encoded = bytes.subarray(at, at + encodedByteLength);
    const decoded = encodedByteLength === streamByteLength ? encoded : header.decompress(encoded, streamByteLength);
    if (decoded.byteLength !== streamByteLength) throw damaged('a block has the wrong length');
    block.set(decoded, stream * streamByteLength);
    at += encodedByteLength;
  }
  if (streams * streamByteLength !== target.byteLength) throw damaged('a block cannot be split evenly');
  unshuffle?.(block, target, typesize);
}

/** lz4-napi wants the decoded length before the block. */
export function decodeLz4Block(bytes: Uint8Array, byteLength: number): Uint8Array {
  const prefixed = Buffer.allocUnsafe(bytes.byteLength + 4);
  prefixed.writeUInt32LE(byteLength, 0);
  prefixed.set(bytes, 4);
  return uncompressLz4(prefixed);
}

function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (blosc): ${reason}.`, { codec: 'blosc' });
}

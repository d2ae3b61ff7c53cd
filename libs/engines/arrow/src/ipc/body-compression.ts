// Buffers of a compressed body (Arrow columnar format, "Compression"): int64 uncompressed length, −1 = as is.
import { zstdDecompressSync } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { damaged } from './damaged.ts';
import type { BodyCompression } from './message.ts';

/** Spare bytes that writers may leave at the end of a buffer. */
const slackByteLength = 64 * 2 ** 10;

/** @throws TesseraError gone if the bytes are damaged or hold more than `maxByteLength` (and some slack). */
export function decompressBuffer(compression: BodyCompression, bytes: Uint8Array, maxByteLength: number): Uint8Array {
  if (bytes.byteLength === 0) return bytes;
  if (bytes.byteLength < 8) throw damaged('a compressed buffer is cut off');
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
  const content = bytes.subarray(8);
  if (declared === -1n) return content;
  if (declared < 0n || declared > BigInt(maxByteLength + slackByteLength)) throw damaged('a compressed buffer claims to hold more than it should');
  const byteLength = Number(declared);
  if (byteLength === 0) return new Uint8Array(0);
  const decoded = compression === 'zstd' ? decodeZstd(content, byteLength) : decodeLz4(content, byteLength);
  if (decoded.byteLength !== byteLength) throw damaged('a compressed buffer does not hold what it claims');
  return decoded;
}

function decodeZstd(content: Uint8Array, byteLength: number): Uint8Array {
  try {
    return zstdDecompressSync(content, { maxOutputLength: byteLength });
  } catch (error) {
    throw damaged('a compressed buffer cannot be decompressed', error);
  }
}

function decodeLz4(content: Uint8Array, byteLength: number): Uint8Array {
  const most = mostLz4ByteLength(content);
  if (most > 2 * byteLength + 8 * 2 ** 20) throw damaged('a compressed buffer could hold more than it claims');
  try {
    return decompressFrameSync(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  } catch (error) {
    throw damaged('a compressed buffer cannot be decompressed', error);
  }
}

/**
 * The most that an LZ4 frame can decode to, from the sizes of its blocks: the
 * decoder has no limit of its own (LZ4 Frame Format Description, "Data Blocks").
 */
function mostLz4ByteLength(content: Uint8Array): number {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (content.byteLength < 7 || view.getUint32(0, true) !== 0x184d2204) throw damaged('a compressed buffer is not an LZ4 frame');
  const flags = view.getUint8(4);
  const blockByteLength = 2 ** (8 + 2 * ((view.getUint8(5) >> 4) & 7));
  const hasContentSize = (flags & 8) !== 0;
  const hasDictionaryId = (flags & 1) !== 0;
  const blockChecksumByteLength = (flags & 16) !== 0 ? 4 : 0;
  let at = 7 + (hasContentSize ? 8 : 0) + (hasDictionaryId ? 4 : 0);
  let most = 0;
  for (;;) {
    if (at + 4 > content.byteLength) throw damaged('a compressed buffer is cut off');
    const word = view.getUint32(at, true);
    if (word === 0) return most;
    const stored = word & 0x7fffffff;
    most += Math.min(blockByteLength, word > 0x7fffffff ? stored : stored * 255);
    at += 4 + stored + blockChecksumByteLength;
  }
}

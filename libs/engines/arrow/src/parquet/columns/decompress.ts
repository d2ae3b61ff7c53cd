// Pages as they were before compression (parquet.thrift, CompressionCodec).
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { DamagedColumn } from './damaged-column.ts';
import { decodeLz4BlockInto } from './lz4-block.ts';
import { decodeSnappyInto } from './snappy.ts';

/** More than this is no page. */
export const maxPageByteLength = 256 * 2 ** 20;

/** Memory that pages of a column are decompressed into, one after the other. */
export class Scratch {
  #bytes = new Uint8Array(0);

  /** The first bytes of it; what was there before is lost. */
  take(byteLength: number): Uint8Array {
    if (this.#bytes.byteLength < byteLength) this.#bytes = new Uint8Array(Math.ceil(byteLength * 1.25));
    return this.#bytes.subarray(0, byteLength);
  }
}

/** @throws DamagedColumn if the bytes do not hold exactly `byteLength`. */
export function decompressPage(codec: number, bytes: Uint8Array, byteLength: number, scratch: Scratch): Uint8Array {
  if (byteLength > maxPageByteLength) throw new DamagedColumn('a page is too large');
  if (codec === 0) return bytes;
  if (byteLength === 0) return new Uint8Array(0);
  if (codec === 1 || codec === 7) {
    const page = scratch.take(byteLength);
    (codec === 1 ? decodeSnappyInto : decodeLz4BlockInto)(bytes, page, byteLength);
    return page;
  }
  const page = inflate(codec, bytes, byteLength);
  if (page.byteLength !== byteLength) throw new DamagedColumn('a page does not hold what it claims');
  return page;
}

function inflate(codec: number, bytes: Uint8Array, byteLength: number): Uint8Array {
  const options = { maxOutputLength: byteLength, chunkSize: Math.max(byteLength, 64) };
  try {
    if (codec === 6) return zstdDecompressSync(bytes, options);
    return codec === 2 ? gunzipSync(bytes, options) : brotliDecompressSync(bytes, options);
  } catch {
    throw new DamagedColumn('a page cannot be decompressed');
  }
}

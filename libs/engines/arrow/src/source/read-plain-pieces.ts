import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TesseraError } from '@tessera/domain';
import type { ReadRange } from '../ipc/file-layout.ts';
import { readPieces } from './read-range.ts';

const pieceByteLength = 256 * 2 ** 10;

/** Whether a file begins as gzip files do (RFC 1952, section 2.3.1; deflate is the only method). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * The content of a gzip file from `skippedByteLength` on, in pieces; several members count as one. What is not taken is not unpacked.
 * @throws TesseraError gone if it is damaged or cut off.
 */
export async function* readPlainPieces(read: ReadRange, byteLength: number, skippedByteLength = 0): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: pieceByteLength });
  const source = Readable.from(readPieces(read, 0, byteLength, pieceByteLength), { objectMode: true, highWaterMark: 1 });
  // What fails in the source fails in what is read from it.
  source.on('error', (error) => gunzip.destroy(error));
  let left = skippedByteLength;
  try {
    for await (const piece of source.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      const skipped = Math.min(left, piece.byteLength);
      left -= skipped;
      if (skipped < piece.byteLength) yield piece.subarray(skipped);
    }
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string' && (error as { code: string }).code.startsWith('Z_')) {
      throw new TesseraError('gone', 'The gzip file is damaged or cut off.', {}, { cause: error });
    }
    throw error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

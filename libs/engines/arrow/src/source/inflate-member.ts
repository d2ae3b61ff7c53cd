import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { TesseraError } from '@tessera/domain';
import type { ReadRange } from '../ipc/file-layout.ts';
import { readPieces } from './read-range.ts';

const pieceByteLength = 256 * 2 ** 10;

/** A member of a zip file: where its stored bytes lie, and whether they are deflated (8) or as they are (0). */
export interface MemberPlace {
  readonly byteOffset: number;
  readonly storedByteLength: number;
  readonly method: number;
}

/**
 * The content of a member in pieces.
 * @throws TesseraError gone if it is damaged, or becomes longer than `maxByteLength`; unsupported for other methods.
 */
export async function* readMember(read: ReadRange, { byteOffset, storedByteLength, method }: MemberPlace, maxByteLength: number): AsyncGenerator<Uint8Array> {
  if (method !== 0 && method !== 8) throw new TesseraError('unsupported', `A part of the file is compressed by method ${method}, which is not read. Save it again.`);
  const stored = readPieces(read, byteOffset, storedByteLength, pieceByteLength);
  let left = maxByteLength;
  for await (const piece of method === 0 ? stored : inflated(stored)) {
    left -= piece.byteLength;
    if (left < 0) throw new TesseraError('gone', `A part of the file is longer than ${maxByteLength / 2 ** 20} MiB when unpacked; it is not read.`);
    yield piece;
  }
}

async function* inflated(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: pieceByteLength });
  const source = Readable.from(stored, { objectMode: true, highWaterMark: 1 });
  source.on('error', (error) => inflate.destroy(error));
  try {
    yield* source.pipe(inflate) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) throw new TesseraError('gone', 'A part of the file is damaged or cut off.', {}, { cause: error });
    throw error;
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

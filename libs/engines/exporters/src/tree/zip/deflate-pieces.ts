import { createDeflateRaw } from 'node:zlib';

/** Spreadsheets and the like shrink tenfold at the least effort; more takes longer than the rest of their making. */
const level = 1;
const chunkSize = 64 * 2 ** 10;

/** Pieces deflated (RFC 1951), off the event loop, as fast as they are taken. */
export async function* deflatePieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const deflate = createDeflateRaw({ level, chunkSize });
  const feed = async () => {
    try {
      for await (const piece of pieces) await new Promise<void>((resolve, reject) => deflate.write(piece, (error) => (error ? reject(error) : resolve())));
      deflate.end();
    } catch (error) {
      deflate.destroy(error as Error);
    }
  };
  const fed = feed();
  try {
    yield* deflate as AsyncIterable<Buffer>;
  } finally {
    deflate.destroy();
    await fed;
  }
}

import { TesseraError, ownPiece } from '@tessera/domain';

/** Output beyond which (de)compression goes to the thread pool: below it, the hop costs more than the work. */
const threadByteLength = 512 * 1024;

/** Output buffers of node:zlib: one of the expected size spares a concatenation. */
const maxChunkSize = 64 * 2 ** 20;

interface ZlibOptions {
  readonly chunkSize: number;
  readonly maxOutputLength: number;
}

type Sync = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array;
type Async = (bytes: Uint8Array, options: ZlibOptions, done: (error: Error | null, result: Uint8Array) => void) => void;

/** Decompresses with one of node:zlib's pairs of functions; refuses to write more than `maxByteLength` bytes. */
export function decompress(name: string, sync: Sync, async_: Async, bytes: Uint8Array, maxByteLength: number): Uint8Array | Promise<Uint8Array> {
  // A buffer that is just full makes node:zlib get another one.
  const options = { chunkSize: Math.min(Math.max(maxByteLength + 1, 64), maxChunkSize), maxOutputLength: Math.max(maxByteLength, 1) };
  if (maxByteLength <= threadByteLength) {
    try {
      return sync(bytes, options);
    } catch (error) {
      throw damaged(name, error, maxByteLength);
    }
  }
  return new Promise((resolve, reject) => {
    async_(bytes, options, (error, result) => (error ? reject(damaged(name, error, maxByteLength)) : resolve(asOwn(result))));
  });
}

/** Short ones may lie in a buffer that Node has for many. */
function asOwn(result: Uint8Array): Uint8Array {
  return result.byteLength < threadByteLength ? result : ownPiece(result);
}

function damaged(codec: string, error: unknown, maxByteLength: number): TesseraError {
  const tooLong = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
  const reason = tooLong ? `it decompresses to more than the ${maxByteLength} bytes it should have` : 'it is damaged';
  return new TesseraError('gone', `A chunk of these data could not be decoded (${codec}): ${reason}.`, { codec }, { cause: error });
}

/** A bound for what any encoder makes of `byteLength` bytes that do not compress. */
export function maxCompressedByteLength(byteLength: number): number {
  return byteLength + (byteLength >>> 3) + 4096;
}

/** The integer `level` of a configuration, or a default. @throws TesseraError invalid_argument. */
export function parseLevel(configuration: Readonly<Record<string, unknown>>, fallback: number): number {
  const level = configuration['level'] ?? fallback;
  if (Number.isInteger(level)) return level as number;
  throw new TesseraError('invalid_argument', `A compression level must be an integer, not ${JSON.stringify(level)}.`);
}

// Walks an Arrow IPC stream (Arrow columnar format, "Encapsulated message format"): 0xFFFFFFFF, int32 length, a flatbuffer
// padded to 8 bytes, then the body. Made by our own readers, so that what does not hold together is our fault.
import { TesseraError } from '@tessera/domain';

/** One message of a stream. */
export interface IpcMessage {
  /** The flatbuffer, without the eight bytes before it. */
  readonly header: Uint8Array;
  /** The body in the pieces that it came in. */
  readonly body: readonly Uint8Array[];
  readonly bodyByteLength: number;
}

const prefixByteLength = 8;
const continuation = 0xffffffff;
/** A schema of 10,000 columns takes about a megabyte. */
const maxHeaderByteLength = 64 * 2 ** 20;

/** The messages of a stream that comes in pieces cut anywhere. Ends at the end-of-stream marker. */
export async function* ipcMessages(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<IpcMessage, void, undefined> {
  const input = new PieceReader(pieces);
  try {
    for (;;) {
      const prefix = await input.contiguous(prefixByteLength);
      if (prefix === undefined) return;
      const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
      const headerByteLength = view.getInt32(4, true);
      if (view.getUint32(0, true) !== continuation || headerByteLength < 0 || headerByteLength > maxHeaderByteLength) throw broken();
      if (headerByteLength === 0) return;
      const header = await input.contiguous(headerByteLength);
      if (header === undefined) throw broken();
      const bodyByteLength = readBodyByteLength(header);
      yield { header, body: await input.parts(bodyByteLength), bodyByteLength };
    }
  } finally {
    await input.close();
  }
}

/** Bytes of an encapsulated schema: what Flight calls a schema. */
export function encapsulate(header: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(prefixByteLength + header.byteLength);
  bytes.writeUInt32LE(continuation, 0);
  bytes.writeInt32LE(header.byteLength, 4);
  bytes.set(header, prefixByteLength);
  return bytes;
}

/** `Message.bodyLength` of Message.fbs: field 3 of the root table. */
function readBodyByteLength(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  try {
    const table = view.getUint32(0, true);
    const vtable = table - view.getInt32(table, true);
    const slot = 4 + 3 * 2;
    const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0;
    const bodyByteLength = offset === 0 ? 0 : Number(view.getBigInt64(table + offset, true));
    if (Number.isSafeInteger(bodyByteLength) && bodyByteLength >= 0) return bodyByteLength;
  } catch {
    // An offset beyond the header.
  }
  throw broken();
}

/** Takes exact numbers of bytes out of pieces. */
class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** As one array; undefined if the stream ended before the first of them. */
  async contiguous(byteLength: number): Promise<Uint8Array | undefined> {
    if (this.#rest.byteLength < byteLength && !(await this.#refill())) return undefined;
    const parts = await this.parts(byteLength);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, byteLength);
  }

  /** As views of the pieces. @throws TesseraError internal if the stream ends before. */
  async parts(byteLength: number): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    for (let left = byteLength; left > 0;) {
      if (this.#rest.byteLength === 0 && !(await this.#refill())) throw broken();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.byteLength);
      left -= part.byteLength;
      parts.push(part);
    }
    return parts;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** Only if nothing is left. False at the end. */
  async #refill(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#rest = value;
    }
    return true;
  }
}

function broken(): TesseraError {
  return new TesseraError('internal', 'A reader gave something that is no Arrow stream.');
}

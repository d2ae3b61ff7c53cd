import type { IncomingMessage } from 'node:http';
import { TesseraError } from '@tessera/domain';

/** The part of a body that is wanted. What follows it is not waited for. */
export interface BodyWindow {
  readonly skipByteLength: number;
  /** At most so many bytes; fewer if the body ends first. */
  readonly takeByteLength: number;
}

/** Memory is taken at once for a body of known length up to this; beyond, as it arrives. */
const reservedByteLimit = 64 * 2 ** 20;

/**
 * The wanted part of a body, in memory of its own, at a multiple of 8 bytes.
 * @throws TesseraError unavailable if the connection ends before the body does.
 */
export function collectBody(response: IncomingMessage, { skipByteLength, takeByteLength }: BodyWindow): Promise<Uint8Array> {
  const wanted = Math.min(takeByteLength, Math.max(0, declaredLength(response) - skipByteLength));
  return new Promise((resolve, reject) => {
    const target = new Target(wanted);
    let toSkip = skipByteLength;
    response.on('data', (piece: Buffer) => {
      const skipped = Math.min(toSkip, piece.byteLength);
      toSkip -= skipped;
      const rest = piece.byteLength - skipped;
      if (rest === 0) return;
      target.add(skipped === 0 && rest <= wanted - target.byteLength ? piece : piece.subarray(skipped, skipped + wanted - target.byteLength));
      if (target.byteLength < wanted || declaredLength(response) <= skipByteLength + wanted) return;
      // There is more than is wanted: the rest is not worth the connection.
      resolve(target.bytes());
      response.destroy();
    });
    response.on('end', () => (response.complete ? resolve(target.bytes()) : reject(cutOff())));
    response.on('aborted', () => reject(cutOff()));
    response.on('error', (cause) => reject(cutOff(cause)));
    response.on('close', () => reject(cutOff()));
  });
}

function declaredLength({ headers }: IncomingMessage): number {
  const text = headers['content-length'];
  return text === undefined ? Infinity : Number(text);
}

function cutOff(cause?: unknown): TesseraError {
  return new TesseraError('unavailable', 'The storage broke off its answer. Try again.', {}, { cause });
}

/** Bytes as they come, of a known or unknown number. */
class Target {
  byteLength = 0;
  readonly #whole: Buffer | undefined;
  readonly #pieces: Buffer[] = [];

  constructor(wanted: number) {
    // Not from Buffer's pool: typed arrays can then view the bytes in place.
    if (wanted <= reservedByteLimit) this.#whole = Buffer.allocUnsafeSlow(wanted);
  }

  add(piece: Buffer): void {
    if (this.#whole) piece.copy(this.#whole, this.byteLength);
    else this.#pieces.push(piece);
    this.byteLength += piece.byteLength;
  }

  bytes(): Uint8Array {
    if (this.#whole) return this.byteLength === this.#whole.byteLength ? this.#whole : this.#whole.subarray(0, this.byteLength);
    const bytes = Buffer.allocUnsafeSlow(this.byteLength);
    let at = 0;
    for (const piece of this.#pieces.splice(0)) at += piece.copy(bytes, at);
    return bytes;
  }
}

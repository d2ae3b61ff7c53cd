import type { Call, EncodedChunk } from '@tessera/domain';
import { transportFailure } from '../error.wire.ts';
import type { FrameAddress } from './frame-address.ts';
import { FrameConnection } from './frame-connection.ts';
import type { FramedMethod } from './frame-messages.ts';

/** One connection is served by one core at either end; a second lets a large answer and small ones pass each other. */
const connectionCount = 2;
/** A peer that refused is not asked again at once by everybody. */
const reconnectDelayMs = 100;

/** Framed connections to one process. Connects on first use, and again whenever one is lost. */
export class FrameChannel {
  readonly #address: FrameAddress;
  readonly #connections: (FrameConnection | undefined)[] = Array.from({ length: connectionCount });
  readonly #openedAtMs: number[] = Array.from({ length: connectionCount }, () => -Infinity);
  #isClosed = false;

  constructor(address: FrameAddress) {
    this.#address = address;
  }

  async readChunk(message: Uint8Array, timeoutMs: number, call: Call | undefined): Promise<EncodedChunk | undefined> {
    return this.#connection().readChunk(message, timeoutMs, call);
  }

  readStream(method: FramedMethod, message: Uint8Array, timeoutMs: number, call: Call | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#connection().readStream(method, message, timeoutMs, call);
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection?.close();
  }

  /** The one with the fewest calls under way. @throws TesseraError a transport failure. */
  #connection(): FrameConnection {
    if (this.#isClosed) throw transportFailure({ cause: new Error('The channel is closed.') });
    let best: FrameConnection | undefined;
    for (let index = 0; index < connectionCount; index++) {
      const connection = this.#connections[index]?.isOpen ? this.#connections[index]! : this.#open(index);
      if (connection && (!best || connection.pendingCount < best.pendingCount)) best = connection;
      if (best?.pendingCount === 0) break;
    }
    if (!best) throw transportFailure({ cause: new Error('The connection was lost a moment ago.') });
    return best;
  }

  #open(index: number): FrameConnection | undefined {
    const nowMs = performance.now();
    if (nowMs - this.#openedAtMs[index]! < reconnectDelayMs) return undefined;
    this.#openedAtMs[index] = nowMs;
    return (this.#connections[index] = new FrameConnection(this.#address));
  }
}

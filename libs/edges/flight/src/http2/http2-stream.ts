import { errorCodes } from './frame.ts';

const maxWindow = 2 ** 31 - 1;

/** What a stream needs of its connection. */
export interface StreamConnection {
  readonly peerMaxFrameByteLength: number;
  readonly isClosed: boolean;
  writeHeaders(streamId: number, headers: readonly (readonly [string, string])[], isLast: boolean): void;
  /** Writes as much of the parts as the windows and one turn allow. Resolves to the number of bytes. */
  writeSome(stream: Http2Stream, parts: readonly Uint8Array[], byteLength: number): number;
  waitForTurn(): Promise<void>;
  endTurn(): void;
  reset(streamId: number, code: number): void;
  forget(stream: Http2Stream): void;
  credit(streamId: number, byteLength: number): void;
}

/** One request and its answer. */
export class Http2Stream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  /** What we may send, by the peer's leave. */
  window: number;
  readonly #connection: StreamConnection;
  readonly #gone = new AbortController();
  #received: Buffer[] = [];
  #heldByteLength = 0;
  #hasEnded = false;
  #isAnswered = false;
  #wake = () => {};

  constructor(connection: StreamConnection, id: number, headers: ReadonlyMap<string, string>, window: number) {
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    this.window = window;
  }

  /** Aborts when the peer goes away or resets the stream. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The body as it comes. What is taken is credited to the peer. */
  async *body(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const piece = this.#received.shift();
      if (piece) {
        this.release(piece.byteLength);
        yield piece;
      } else if (this.#hasEnded || this.#isOver) {
        return;
      } else {
        await this.#woken();
      }
    }
  }

  sendHeaders(headers: readonly (readonly [string, string])[]): void {
    if (!this.signal.aborted) this.#connection.writeHeaders(this.id, headers, false);
  }

  /** Sends bytes as the peer takes them. False if nobody takes them any more. */
  async send(parts: readonly Uint8Array[]): Promise<boolean> {
    const connection = this.#connection;
    const left = [...parts];
    for (let byteLength = left.reduce((sum, part) => sum + part.byteLength, 0); byteLength > 0;) {
      await connection.waitForTurn();
      if (this.#isOver || connection.isClosed) {
        connection.endTurn();
        return false;
      }
      const sent = this.window > 0 ? connection.writeSome(this, left, byteLength) : 0;
      connection.endTurn();
      byteLength -= sent;
      dropFirst(left, sent);
      if (byteLength > 0 && this.window <= 0 && !this.#isOver) await this.#woken();
    }
    return !this.#isOver;
  }

  /** The end of the answer: what is still being sent is left. */
  end(trailers: readonly (readonly [string, string])[]): void {
    if (this.#isAnswered || this.signal.aborted) return;
    this.#isAnswered = true;
    this.#connection.writeHeaders(this.id, trailers, true);
    // Whoever is still sending may stop (RFC 9113, 8.1).
    if (!this.#hasEnded) this.#connection.reset(this.id, errorCodes.none);
    this.#connection.forget(this);
    this.#wake();
  }

  // For the connection

  /** Counts what came and was not taken yet. False if it is more than the peer was allowed to send. */
  hold(byteLength: number, most: number): boolean {
    this.#heldByteLength += byteLength;
    return this.#heldByteLength <= most;
  }

  /** Lets the peer send as much again. */
  release(byteLength: number): void {
    this.#heldByteLength -= byteLength;
    if (!this.#hasEnded) this.#connection.credit(this.id, byteLength);
  }

  receive(piece: Buffer, isLast: boolean): void {
    if (piece.byteLength > 0) this.#received.push(piece);
    if (isLast) this.#hasEnded = true;
    this.#wake();
  }

  /** False if the window overflows. */
  widen(byteLength: number): boolean {
    this.window += byteLength;
    this.#wake();
    return this.window <= maxWindow;
  }

  abort(reason: unknown): void {
    this.#gone.abort(reason);
    this.#received = [];
    this.#wake();
  }

  get #isOver(): boolean {
    return this.signal.aborted || this.#isAnswered;
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        this.#wake = () => {};
        others();
        resolve();
      };
    });
  }
}

/** Takes bytes off the front of a list of parts. */
function dropFirst(parts: Uint8Array[], byteLength: number): void {
  for (let left = byteLength; left > 0;) {
    const first = parts[0]!;
    if (first.byteLength <= left) parts.shift();
    else parts[0] = first.subarray(left);
    left -= Math.min(left, first.byteLength);
  }
}

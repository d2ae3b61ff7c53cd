// The calling side of one framed connection.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BytePool, lentPiece, releasePiece, TesseraError, type Call, type EncodedChunk, type Loan } from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';
import { transportFailure } from '../error.wire.ts';
import { encodeFrame, frameFlags, frameKinds, framePayloadByteLength, FrameParser, preface, streamWindowByteLength, type Frame, type FrameHeader } from './frame.ts';
import { decodeFailure, encodeCallPayload, type FramedMethod } from './frame-messages.ts';
import { framesProtocol, tlsOptions, type FrameAddress } from './frame-address.ts';

const connectTimeoutMs = 5_000;
/** How often calls are looked through for those that are past their time. */
const sweepIntervalMs = 200;
/** A connection with calls under way that is silent for this long is asked whether it lives, and given up after as long again. */
const silenceMs = 10_000;
const receiveByteLength = 256 * 1024;
/** No chunk is larger than what a Zarr client could hold; a length beyond it is a damaged message. */
const mostChunkByteLength = 2 ** 31;

/** Chunks on their way, of all connections of this process. */
const memory = new BytePool();

/** What waits for the answer to a call. */
interface Pending {
  readonly deadlineMs: number;
  /** Where a payload that is about to arrive is to be put; a call that ends before leaves that memory alone. */
  place?(header: FrameHeader): Buffer | undefined;
  take(frame: Frame): void;
  fail(error: TesseraError): void;
}

export class FrameConnection {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #sweep: NodeJS.Timeout;
  #nextCallId = 1;
  #heardAtMs = performance.now();
  #isAsked = false;
  #isOpen = true;

  constructor(address: FrameAddress) {
    const parser = new FrameParser(framePayloadByteLength, (frame) => this.#take(frame), (header) => this.#pending.get(header.callId)?.place?.(header));
    this.#socket = openSocket(address, parser, () => {
      this.#heardAtMs = performance.now();
      this.#isAsked = false;
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('close', () => this.#lose(new Error('The connection was closed.')));
    this.#socket.write(preface);
    this.#sweep = setInterval(() => this.#look(), sweepIntervalMs).unref();
    // A process may end while its connections are idle.
    this.#socket.unref();
  }

  /** Whether new calls can be made. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** @throws TesseraError that of the other side, or a transport failure. */
  readChunk(message: Uint8Array, timeoutMs: number, call: Call | undefined): Promise<EncodedChunk | undefined> {
    return new Promise((resolve, reject) => {
      const { id, settle } = this.#begin('readChunk', message, timeoutMs, call, reject);
      let head: ChunkHead | undefined;
      let loan: Loan | undefined;
      let filled = 0;
      this.#pending.set(id, {
        deadlineMs: deadlineOf(timeoutMs),
        fail: settle,
        place: ({ kind, payloadByteLength }) => {
          if (kind !== frameKinds.data || !head || filled + payloadByteLength > head.byteLength) return undefined;
          loan ??= memory.lend(head.byteLength);
          return Buffer.from(loan.bytes.buffer, filled, payloadByteLength);
        },
        take: (frame) => {
          if (frame.kind === frameKinds.head) head = decodeHead(frame);
          else if (!head) return this.#socket.destroy(new Error('Data came before their head.'));
          else if (filled + frame.payload.byteLength > head.byteLength) return this.#socket.destroy(new Error('A chunk is longer than its head says.'));
          else filled += frame.payload.byteLength;
          if ((frame.flags & frameFlags.last) === 0) return;
          settle();
          if (head.isAbsent) resolve(undefined);
          else if (head.isUnchanged) resolve(head.version === undefined ? {} : { version: head.version });
          else if (!loan || filled !== head.byteLength) reject(new TesseraError('internal', 'A chunk arrived damaged.'));
          else resolve({ bytes: loan.bytes, release: loan.release, ...present('version', head.version), ...present('totalByteLength', head.totalByteLength) });
        },
      });
    });
  }

  /** Bytes in order, as fast as they are taken. @param timeoutMs until the first piece; 0 = as long as it takes */
  async *readStream(method: FramedMethod, message: Uint8Array, timeoutMs: number, call: Call | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces: Uint8Array[] = [];
    let loan: Loan | undefined;
    let failure: TesseraError | undefined;
    let isEnded = false;
    let taken = 0;
    let wake = () => {};
    const { id, settle } = this.#begin(method, message, timeoutMs, call, (error) => {
      failure = error;
      wake();
    });
    const pending = {
      deadlineMs: deadlineOf(timeoutMs),
      fail: settle,
      place: ({ kind, payloadByteLength }: FrameHeader) => {
        loan = kind === frameKinds.data ? memory.lend(payloadByteLength) : undefined;
        return loan && Buffer.from(loan.bytes.buffer, 0, payloadByteLength);
      },
      take: (frame: Frame) => {
        pending.deadlineMs = Infinity;
        if (loan && frame.payload.byteLength > 0) pieces.push(lentPiece(loan.bytes, loan.release));
        if ((frame.flags & frameFlags.last) !== 0) {
          isEnded = true;
          settle();
        }
        wake();
      },
    };
    this.#pending.set(id, pending);
    try {
      for (;;) {
        const piece = pieces.shift();
        if (piece) {
          // Whoever takes it may release it, and then it has no length any more.
          const { byteLength } = piece;
          yield piece;
          taken += byteLength;
          if (taken >= streamWindowByteLength / 4 && !isEnded) {
            this.#credit(id, taken);
            taken = 0;
          }
        } else if (failure) throw failure;
        else if (isEnded) return;
        else await new Promise<void>((resolve) => { wake = resolve; });
      }
    } finally {
      for (const piece of pieces) releasePiece(piece);
      if (this.#pending.has(id)) {
        this.#send(encodeFrame(frameKinds.cancel, 0, id));
        settle();
      }
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends a call. `settle` ends it on this side: with an error, `reject` gets it. */
  #begin(method: FramedMethod, message: Uint8Array, timeoutMs: number, call: Call | undefined, reject: (error: TesseraError) => void) {
    const id = this.#nextCallId;
    this.#nextCallId = id === 2 ** 32 - 1 ? 1 : id + 1;
    const { signal } = call ?? {};
    const abort = () => {
      this.#send(encodeFrame(frameKinds.cancel, 0, id));
      settle(new TesseraError('cancelled', 'The call was cancelled.'));
    };
    const settle = (error?: TesseraError) => {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', abort);
      if (this.#pending.size === 0) this.#socket.unref();
      if (error) reject(error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (this.#pending.size === 0) {
      this.#socket.ref();
      this.#heardAtMs = performance.now();
    }
    this.#send(encodeFrame(frameKinds.call, 0, id, encodeCallPayload(method, message, timeoutMs, call)));
    return { id, settle };
  }

  /** What is sent in one turn of the event loop leaves together: a small write costs as much as a large one. */
  #send(frame: Buffer): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      setImmediate(this.#uncork);
    }
    this.#socket.write(frame);
  }

  readonly #uncork = (): void => this.#socket.uncork();

  #credit(id: number, byteLength: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32LE(byteLength, 0);
    this.#send(encodeFrame(frameKinds.credit, 0, id, payload));
  }

  #take(frame: Frame): void {
    if (frame.kind === frameKinds.goAway) {
      this.#isOpen = false;
      return;
    }
    // What comes for a call that was given up is let go.
    const pending = this.#pending.get(frame.callId);
    if (!pending) return;
    if (frame.kind === frameKinds.failure) pending.fail((frame.flags & frameFlags.refused) !== 0 ? transportFailure({ cause: decodeFailure(frame.payload) }) : decodeFailure(frame.payload));
    else if (frame.kind === frameKinds.head || frame.kind === frameKinds.data) pending.take(frame);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [id, pending] of this.#pending) {
      if (pending.deadlineMs > nowMs) continue;
      this.#send(encodeFrame(frameKinds.cancel, 0, id));
      pending.fail(new TesseraError('deadline_exceeded', 'The answer did not come in time.'));
    }
    const silentMs = nowMs - this.#heardAtMs;
    if (this.#pending.size === 0 || silentMs < silenceMs) return;
    if (silentMs > 2 * silenceMs) this.#socket.destroy(new Error('The other process does not answer.'));
    else if (!this.#isAsked) {
      this.#isAsked = true;
      this.#send(encodeFrame(frameKinds.ping, 0, 0));
    }
  }

  #lose(error: Error): void {
    this.#isOpen = false;
    clearInterval(this.#sweep);
    for (const pending of [...this.#pending.values()]) pending.fail(transportFailure({ cause: error }));
  }
}

interface ChunkHead {
  readonly byteLength: number;
  readonly isAbsent: boolean;
  readonly isUnchanged: boolean;
  readonly version?: string;
  /** Of the whole chunk, if the data are a part of it. */
  readonly totalByteLength?: number;
}

function decodeHead({ flags, payload }: Frame): ChunkHead {
  const byteLength = payload.readDoubleLE(0);
  if (!(byteLength >= 0 && byteLength <= mostChunkByteLength)) throw new RangeError('No chunk is so long.');
  const isPartial = (flags & frameFlags.partial) !== 0;
  return {
    byteLength, isAbsent: (flags & frameFlags.absent) !== 0, isUnchanged: (flags & frameFlags.unchanged) !== 0,
    ...((flags & frameFlags.versioned) !== 0 ? { version: payload.toString('utf8', isPartial ? 16 : 8) } : {}),
    ...(isPartial ? { totalByteLength: payload.readDoubleLE(8) } : {}),
  };
}

/** By this clock (`performance.now`). */
function deadlineOf(timeoutMs: number): number {
  return timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
}

function openSocket(address: FrameAddress, parser: FrameParser, heard: () => void): Socket {
  const { host, port, tls } = address;
  let socket: Socket;
  const parse = (step: () => void): void => {
    heard();
    try {
      step();
    } catch (error) {
      socket.destroy(error as Error);
    }
  };
  if (tls) {
    socket = connectTls({ host, port, ALPNProtocols: [framesProtocol], ...tlsOptions(tls), servername: /^[\d.:]+$/.test(host) ? '' : host });
    socket.on('data', (bytes: Buffer) => parse(() => parser.feed(bytes)));
  } else {
    // What begins a frame arrives in one buffer for all, and the rest of a long one in its place.
    const shared = Buffer.allocUnsafeSlow(receiveByteLength);
    let room: Buffer | undefined;
    const callback = (byteLength: number): boolean => {
      const isPlaced = room !== undefined;
      parse(() => (isPlaced ? parser.received(byteLength) : parser.feed(shared.subarray(0, byteLength))));
      return true;
    };
    socket = connectTcp({ host, port, onread: { buffer: () => (room = parser.room) ?? shared, callback } });
  }
  socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error('No connection came about in time.')));
  socket.once(tls ? 'secureConnect' : 'connect', () => socket.setTimeout(0));
  return socket;
}

// The serving side of framed connections.
import type { Socket } from 'node:net';
import { isTesseraError, releasePiece, TesseraError, type Call, type EncodedChunk } from '@tessera/domain';
import { encodeFrame, frameFlags, frameKinds, framePayloadByteLength, FrameParser, headerByteLength, preface, streamWindowByteLength, writeHeader } from './frame.ts';
import { pieceByteLength } from '../channel.ts';
import { decodeCallPayload, encodeFailure, type FramedMethod, type IncomingCall } from './frame-messages.ts';

/** Serves the methods: one chunk, or a stream of bytes. */
export interface FrameHandlers {
  readChunk(message: Buffer, call: Call): Promise<EncodedChunk | undefined>;
  readArray(message: Buffer, call: Call): AsyncIterable<Uint8Array>;
  readTable(message: Buffer, call: Call): AsyncIterable<Uint8Array>;
  /** Gets errors that are our own fault, to log them. */
  report(error: unknown, method: FramedMethod): void;
}

const mostRequestByteLength = 2 ** 20;
const mostCalls = 1024;
/** A peer that takes no bytes is not asked for more calls beyond this. */
const outboundByteLength = 8 * 2 ** 20;

/** A call under way. */
class ServedCall {
  readonly gone = new AbortController();
  creditByteLength = streamWindowByteLength;
  wake: () => void = () => {};

  end(): void {
    this.gone.abort(callerLeft);
    this.wake();
  }
}

const callerLeft = new TesseraError('cancelled', 'The caller went away.');

/** One connection from another process. */
export class FrameServerConnection {
  readonly #socket: Socket;
  readonly #handlers: FrameHandlers;
  readonly #calls = new Map<number, ServedCall>();
  readonly #parser: FrameParser;
  #prefaceLeft = preface.byteLength;
  #isDraining = false;

  constructor(socket: Socket, handlers: FrameHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#parser = new FrameParser(mostRequestByteLength, (frame) => this.#take(frame.kind, frame.callId, frame.payload));
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#feed(bytes));
    socket.on('error', () => undefined);
    socket.on('drain', () => this.#wakeAll());
    socket.on('close', () => {
      for (const call of this.#calls.values()) call.end();
      this.#calls.clear();
    });
  }

  /** Takes no more calls; ends once those under way have. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#socket.write(encodeFrame(frameKinds.goAway, 0, 0));
    this.#endIfIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #feed(bytes: Buffer): void {
    try {
      const skipped = Math.min(this.#prefaceLeft, bytes.byteLength);
      const from = preface.byteLength - this.#prefaceLeft;
      if (skipped > 0 && !bytes.subarray(0, skipped).equals(preface.subarray(from, from + skipped))) throw new RangeError('Not the preface of a framed connection.');
      this.#prefaceLeft -= skipped;
      this.#parser.feed(skipped === 0 ? bytes : bytes.subarray(skipped));
      if (this.#socket.writableLength > outboundByteLength) this.#socket.pause();
    } catch {
      // Only a damaged or foreign peer sends what is no frame.
      this.#socket.destroy();
    }
  }

  #take(kind: number, callId: number, payload: Buffer): void {
    switch (kind) {
      case frameKinds.call:
        return this.#begin(callId, decodeCallPayload(payload));
      case frameKinds.cancel:
        return this.#calls.get(callId)?.end();
      case frameKinds.credit: {
        const call = this.#calls.get(callId);
        if (!call) return;
        call.creditByteLength += payload.readUInt32LE(0);
        return call.wake();
      }
      case frameKinds.ping:
        this.#socket.write(encodeFrame(frameKinds.pong, 0, 0));
    }
  }

  #begin(callId: number, incoming: IncomingCall): void {
    if (this.#isDraining || this.#calls.size >= mostCalls) {
      this.#socket.write(encodeFrame(frameKinds.failure, frameFlags.refused, callId, encodeFailure(new TesseraError('unavailable', 'This process takes no more calls.'))));
      return;
    }
    const served = new ServedCall();
    this.#calls.set(callId, served);
    const { method, timeoutMs, traceparent, message } = incoming;
    const call: Call = { signal: served.gone.signal, ...(timeoutMs > 0 ? { deadlineMs: Date.now() + timeoutMs } : {}), ...(traceparent === undefined ? {} : { traceparent }) };
    const work = method === 'readChunk' ? this.#serveChunk(callId, served, message, call) : this.#serveStream(callId, served, method, message, call);
    work.catch((error: unknown) => {
      if (!isTesseraError(error) || error.code === 'internal') this.#handlers.report(error, method);
      if (!served.gone.signal.aborted) this.#write(encodeFrame(frameKinds.failure, 0, callId, encodeFailure(error)));
    }).finally(() => {
      this.#calls.delete(callId);
      this.#endIfIdle();
    });
  }

  async #serveChunk(callId: number, served: ServedCall, message: Buffer, call: Call): Promise<void> {
    const chunk = await this.#handlers.readChunk(message, call);
    const bytes = chunk?.bytes;
    const version = chunk?.version === undefined ? undefined : Buffer.from(chunk.version);
    const totalByteLength = bytes && chunk.totalByteLength;
    const headPayloadByteLength = 8 + (totalByteLength === undefined ? 0 : 8) + (version?.byteLength ?? 0);
    const flags = (chunk ? (bytes ? 0 : frameFlags.unchanged | frameFlags.last) : frameFlags.absent | frameFlags.last) | (version ? frameFlags.versioned : 0) | (totalByteLength === undefined ? 0 : frameFlags.partial);
    const first = Math.min(bytes?.byteLength ?? 0, framePayloadByteLength);
    const head = Buffer.allocUnsafe(headerByteLength + headPayloadByteLength + (bytes ? headerByteLength : 0));
    let at = writeHeader(head, 0, frameKinds.head, flags, callId, headPayloadByteLength);
    at = head.writeDoubleLE(bytes?.byteLength ?? 0, at);
    if (totalByteLength !== undefined) at = head.writeDoubleLE(totalByteLength, at);
    if (version) at += version.copy(head, at);
    if (!bytes) return this.#write(head);
    const release = chunk.release;
    writeHeader(head, at, frameKinds.data, first === bytes.byteLength ? frameFlags.last : 0, callId, first);
    // Both leave in one write of the system.
    this.#socket.cork();
    this.#write(head);
    this.#write(first === bytes.byteLength ? bytes : bytes.subarray(0, first), first === bytes.byteLength ? release : undefined);
    this.#socket.uncork();
    for (let from = first; from < bytes.byteLength; from += framePayloadByteLength) {
      if (!(await this.#writable(served))) return;
      const isLast = from + framePayloadByteLength >= bytes.byteLength;
      this.#writeData(callId, bytes.subarray(from, from + framePayloadByteLength), isLast, isLast ? release : undefined);
    }
  }

  async #serveStream(callId: number, served: ServedCall, method: 'readArray' | 'readTable', message: Buffer, call: Call): Promise<void> {
    for await (const piece of this.#handlers[method](message, call)) {
      for (let from = 0; from < piece.byteLength;) {
        if (!(await this.#writable(served, true))) return;
        const part = piece.subarray(from, from + Math.min(pieceByteLength, served.creditByteLength));
        served.creditByteLength -= part.byteLength;
        from += part.byteLength;
        this.#writeData(callId, part, false, from < piece.byteLength ? undefined : () => releasePiece(piece));
      }
      if (served.gone.signal.aborted) return;
    }
    this.#write(encodeFrame(frameKinds.data, frameFlags.last, callId));
  }

  #writeData(callId: number, part: Uint8Array, isLast: boolean, written?: () => void): void {
    this.#socket.cork();
    const head = Buffer.allocUnsafe(headerByteLength);
    writeHeader(head, 0, frameKinds.data, isLast ? frameFlags.last : 0, callId, part.byteLength);
    this.#write(head);
    this.#write(part, written);
    this.#socket.uncork();
  }

  /** @param written called when the system has the bytes, or will never take them */
  #write(bytes: Uint8Array, written?: () => void): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes, written);
  }

  /** Resolves when more can be sent for a call; false if nobody waits for it any more. */
  async #writable(served: ServedCall, needsCredit = false): Promise<boolean> {
    const { signal } = served.gone;
    while (!signal.aborted && (this.#socket.writableNeedDrain || (needsCredit && served.creditByteLength <= 0))) {
      await new Promise<void>((resolve) => { served.wake = resolve; });
    }
    return !signal.aborted;
  }

  #wakeAll(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
    for (const call of this.#calls.values()) call.wake();
  }

  #endIfIdle(): void {
    if (this.#isDraining && this.#calls.size === 0) this.#socket.end();
  }
}

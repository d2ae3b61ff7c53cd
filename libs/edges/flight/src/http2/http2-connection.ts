// The serving side of one HTTP/2 connection (RFC 9113), as far as gRPC uses it. Bodies go out as they are, in frames as
// large as the peer takes: node:http2 copies them into frames of 16 KiB, which costs more than all the rest of a Flight read.
import type { Socket } from 'node:net';
import { isTesseraError, TesseraError } from '@tessera/domain';
import {
  ConnectionError, encodeFrame, errorCodes, frameFlags, FrameParser, framePayloadByteLength, frameTypes, headerByteLength, preface, settingNames, unpadded, writeFrameHeader, type Frame,
} from './frame.ts';
import { encodeHeaders, HeaderDecoder, mostHeadersByteLength } from './hpack.ts';
import { Http2Stream, type StreamConnection } from './http2-stream.ts';
import { RateLimit } from './rate-limit.ts';
import { SendTurns } from './send-turns.ts';

const defaultWindow = 65_535;
const maxWindow = 2 ** 31 - 1;
/** What a peer may send on one stream before it is read, and on all together. */
const streamWindow = 2 ** 20;
const connectionWindow = 8 * 2 ** 20;
const maxStreams = 256;
/** What one stream writes before another has its turn. */
const turnByteLength = 512 * 2 ** 10;
const mostFrameByteLength = 512 * 2 ** 10;
/** How long a connection may be silent before it is asked whether it lives, and how long it has to answer. */
const silenceMs = 30_000;
/** A peer that has us answer, and does not read the answers, is cut off. */
const mostUnreadByteLength = 4 * 2 ** 20;

const callerLeft = new TesseraError('cancelled', 'The caller went away.');

export class Http2Connection implements StreamConnection {
  peerMaxFrameByteLength = framePayloadByteLength;
  readonly #socket: Socket;
  readonly #serve: (stream: Http2Stream) => void;
  readonly #streams = new Map<number, Http2Stream>();
  readonly #headers = new HeaderDecoder();
  readonly #parser = new FrameParser((frame) => this.#take(frame));
  readonly #turns = new SendTurns(() => this.isClosed || (this.#window > 0 && !this.#socket.writableNeedDrain));
  /** For frames that are answered or ignored, and for streams that are begun and reset. */
  readonly #controls = new RateLimit(2_000, 200);
  readonly #watch: NodeJS.Timeout;
  #prefaceLeft = preface.byteLength;
  #block: { readonly streamId: number; readonly isLast: boolean; parts: Buffer[]; byteLength: number } | undefined;
  #lastStreamId = 0;
  #window = defaultWindow;
  #peerStreamWindow = defaultWindow;
  #isDraining = false;
  #isSilent = false;
  #hasFailed = false;

  constructor(socket: Socket, serve: (stream: Http2Stream) => void) {
    this.#socket = socket;
    this.#serve = serve;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#feed(bytes));
    socket.on('drain', () => this.#turns.next());
    socket.on('end', () => socket.end());
    socket.on('close', () => this.#onClose());
    this.#watch = setInterval(() => this.#askWhetherItLives(), silenceMs).unref();
    const settings = Buffer.alloc(18);
    [[settingNames.maxConcurrentStreams, maxStreams], [settingNames.initialWindowSize, streamWindow], [settingNames.maxHeaderListSize, mostHeadersByteLength]].forEach(([name, value], i) => {
      settings.writeUInt16BE(name!, i * 6);
      settings.writeUInt32BE(value!, i * 6 + 2);
    });
    this.#write(encodeFrame(frameTypes.settings, 0, 0, settings));
    this.#write(windowUpdate(0, connectionWindow - defaultWindow));
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Takes no more streams; ends once those under way have. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#goAway(errorCodes.none);
    this.#endIfIdle();
  }

  // For streams

  writeHeaders(streamId: number, headers: readonly (readonly [string, string])[], isLast: boolean): void {
    const block = encodeHeaders(headers);
    const flags = isLast ? frameFlags.endStream : 0;
    const first = block.subarray(0, framePayloadByteLength);
    this.#write(encodeFrame(frameTypes.headers, flags | (first.byteLength === block.byteLength ? frameFlags.endHeaders : 0), streamId, first));
    for (let at = first.byteLength; at < block.byteLength; at += framePayloadByteLength) {
      const part = block.subarray(at, at + framePayloadByteLength);
      this.#write(encodeFrame(frameTypes.continuation, at + part.byteLength === block.byteLength ? frameFlags.endHeaders : 0, streamId, part));
    }
  }

  writeSome(stream: Http2Stream, parts: readonly Uint8Array[], byteLength: number): number {
    if (this.isClosed || this.#socket.writableNeedDrain) return 0;
    const allowed = Math.min(byteLength, turnByteLength, stream.window, this.#window);
    const frameByteLength = Math.min(this.peerMaxFrameByteLength, mostFrameByteLength);
    this.#socket.cork();
    let sent = 0;
    let part = 0;
    let within = 0;
    while (sent < allowed) {
      const payload = Math.min(frameByteLength, allowed - sent);
      const head = Buffer.allocUnsafe(headerByteLength);
      writeFrameHeader(head, payload, frameTypes.data, 0, stream.id);
      this.#write(head);
      for (let left = payload; left > 0;) {
        const slice = parts[part]!.subarray(within, within + left);
        if (slice.byteLength > 0) this.#write(slice);
        left -= slice.byteLength;
        within += slice.byteLength;
        if (within === parts[part]!.byteLength) {
          part++;
          within = 0;
        }
      }
      sent += payload;
    }
    this.#socket.uncork();
    stream.window -= sent;
    this.#window -= sent;
    return sent;
  }

  waitForTurn(): Promise<void> {
    return this.#turns.wait();
  }

  endTurn(): void {
    this.#turns.next();
  }

  reset(streamId: number, code: number): void {
    this.#write(encodeFrame(frameTypes.rstStream, 0, streamId, uint32(code)));
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#endIfIdle();
  }

  credit(streamId: number, byteLength: number): void {
    if (byteLength > 0 && this.#streams.has(streamId)) this.#write(windowUpdate(streamId, byteLength));
  }

  // What comes in

  #feed(bytes: Buffer): void {
    this.#isSilent = false;
    if (this.#hasFailed) return;
    try {
      const skipped = Math.min(this.#prefaceLeft, bytes.byteLength);
      const from = preface.byteLength - this.#prefaceLeft;
      if (skipped > 0 && !bytes.subarray(0, skipped).equals(preface.subarray(from, from + skipped))) return void this.#socket.destroy();
      this.#prefaceLeft -= skipped;
      this.#parser.feed(skipped === 0 ? bytes : bytes.subarray(skipped));
      if (this.#socket.writableLength > mostUnreadByteLength) this.#socket.destroy();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Tells the peer what was wrong, and ends the connection. */
  #fail(error: unknown): void {
    const code = error instanceof ConnectionError ? error.http2Code : isTesseraError(error, 'too_large') ? errorCodes.enhanceYourCalm : isTesseraError(error) ? errorCodes.compression : errorCodes.internal;
    this.#hasFailed = true;
    this.#goAway(code);
    this.#socket.destroySoon();
    this.#abortStreams();
  }

  #take(frame: Frame): void {
    if (this.#block && (frame.type !== frameTypes.continuation || frame.streamId !== this.#block.streamId)) throw new ConnectionError(errorCodes.protocol, 'A header block was interrupted.');
    switch (frame.type) {
      case frameTypes.data: return this.#takeData(frame);
      case frameTypes.headers: return this.#beginBlock(frame);
      case frameTypes.continuation: return this.#continueBlock(frame);
      case frameTypes.rstStream: return this.#takeReset(frame);
      case frameTypes.settings: return this.#takeSettings(frame);
      case frameTypes.ping: return this.#takePing(frame);
      case frameTypes.windowUpdate: return this.#takeWindowUpdate(frame);
      case frameTypes.pushPromise: throw new ConnectionError(errorCodes.protocol, 'Clients do not push.');
      default: return this.#limit(); // Priorities, GOAWAY and what is not known change nothing.
    }
  }

  #takeData(frame: Frame): void {
    const { streamId, payload, flags } = frame;
    if (streamId === 0 || streamId > this.#lastStreamId) throw new ConnectionError(errorCodes.protocol, 'Data came for no stream.');
    const content = unpadded(frame);
    if (content.byteLength === 0 && !(flags & frameFlags.endStream)) this.#limit();
    if (payload.byteLength > 0) this.#write(windowUpdate(0, payload.byteLength));
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    if (!stream.hold(payload.byteLength, streamWindow)) throw new ConnectionError(errorCodes.flowControl, 'More came than was asked for.');
    stream.release(payload.byteLength - content.byteLength);
    stream.receive(content, (flags & frameFlags.endStream) !== 0);
  }

  #beginBlock(frame: Frame): void {
    if (frame.streamId % 2 === 0) throw new ConnectionError(errorCodes.protocol, 'Clients begin streams of odd numbers.');
    this.#block = { streamId: frame.streamId, isLast: (frame.flags & frameFlags.endStream) !== 0, parts: [], byteLength: 0 };
    this.#addToBlock(unpadded(frame), frame.flags);
  }

  #continueBlock({ payload, flags }: Frame): void {
    if (!this.#block) throw new ConnectionError(errorCodes.protocol, 'There is no header block to go on with.');
    if (payload.byteLength === 0) this.#limit();
    this.#addToBlock(payload, flags);
  }

  #addToBlock(payload: Buffer, flags: number): void {
    const block = this.#block!;
    block.parts.push(payload);
    block.byteLength += payload.byteLength;
    if (block.byteLength > mostHeadersByteLength) throw new ConnectionError(errorCodes.enhanceYourCalm, 'The headers of a request are too long.');
    if (!(flags & frameFlags.endHeaders)) return;
    this.#block = undefined;
    // Also of streams that are not served: what the peer's next headers mean depends on it.
    this.#beginStream(block.streamId, this.#headers.decode(Buffer.concat(block.parts)), block.isLast);
  }

  #beginStream(id: number, headers: ReadonlyMap<string, string>, isLast: boolean): void {
    const known = this.#streams.get(id);
    if (known) return known.receive(Buffer.alloc(0), true); // Trailers.
    if (id <= this.#lastStreamId) return this.#limit(); // Of a stream that is over.
    this.#lastStreamId = id;
    if (this.#isDraining || this.#streams.size >= maxStreams) return this.reset(id, errorCodes.refusedStream);
    const stream = new Http2Stream(this, id, headers, this.#peerStreamWindow);
    this.#streams.set(id, stream);
    if (isLast) stream.receive(Buffer.alloc(0), true);
    this.#serve(stream);
  }

  #takeReset({ streamId, payload }: Frame): void {
    if (streamId === 0 || payload.byteLength !== 4 || streamId > this.#lastStreamId) throw new ConnectionError(errorCodes.protocol, 'A reset is of no stream.');
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#limit();
    this.#streams.delete(streamId);
    stream.abort(callerLeft);
    this.#turns.wakeAll();
    this.#endIfIdle();
  }

  #takeSettings({ streamId, flags, payload }: Frame): void {
    if (streamId !== 0 || payload.byteLength % 6 !== 0) throw new ConnectionError(errorCodes.frameSize, 'Settings are of the connection, six bytes each.');
    this.#limit();
    if (flags & frameFlags.ack) return;
    for (let at = 0; at < payload.byteLength; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#write(encodeFrame(frameTypes.settings, frameFlags.ack, 0));
  }

  #set(name: number, value: number): void {
    if (name === settingNames.maxFrameSize) {
      if (value < framePayloadByteLength || value > 2 ** 24 - 1) throw new ConnectionError(errorCodes.protocol, 'The size of frames is out of range.');
      this.peerMaxFrameByteLength = value;
    } else if (name === settingNames.initialWindowSize) {
      if (value > maxWindow) throw new ConnectionError(errorCodes.flowControl, 'The window is out of range.');
      const difference = value - this.#peerStreamWindow;
      this.#peerStreamWindow = value;
      for (const stream of this.#streams.values()) if (!stream.widen(difference)) throw new ConnectionError(errorCodes.flowControl, 'The window is out of range.');
    }
  }

  #takePing({ streamId, flags, payload }: Frame): void {
    if (streamId !== 0 || payload.byteLength !== 8) throw new ConnectionError(errorCodes.frameSize, 'A ping is of the connection, eight bytes.');
    // Peers that measure the way send one for every window: these are answered as long as they read the answers.
    if (!(flags & frameFlags.ack)) this.#write(encodeFrame(frameTypes.ping, frameFlags.ack, 0, payload));
  }

  #takeWindowUpdate({ streamId, payload }: Frame): void {
    if (payload.byteLength !== 4) throw new ConnectionError(errorCodes.frameSize, 'A window update has four bytes.');
    const byteLength = payload.readUInt32BE(0) & 0x7fffffff;
    if (byteLength === 0) throw new ConnectionError(errorCodes.protocol, 'A window is widened by nothing.');
    if (streamId === 0) {
      this.#window += byteLength;
      if (this.#window > maxWindow) throw new ConnectionError(errorCodes.flowControl, 'The window is out of range.');
      return this.#turns.next();
    }
    if (streamId > this.#lastStreamId) throw new ConnectionError(errorCodes.protocol, 'A window is of no stream.');
    const stream = this.#streams.get(streamId);
    if (!stream || stream.widen(byteLength)) return;
    this.reset(streamId, errorCodes.flowControl);
    this.#streams.delete(streamId);
    stream.abort(callerLeft);
  }

  /** @throws ConnectionError if too many such frames came lately. */
  #limit(): void {
    if (!this.#controls.take()) throw new ConnectionError(errorCodes.enhanceYourCalm, 'Too many frames that ask for nothing.');
  }

  #goAway(code: number): void {
    this.#write(encodeFrame(frameTypes.goAway, 0, 0, Buffer.concat([uint32(this.#lastStreamId), uint32(code)])));
  }

  /** A peer that went away without a word would hold a reader for ever. */
  #askWhetherItLives(): void {
    if (this.#isSilent && (this.#streams.size > 0 || this.#prefaceLeft > 0)) return void this.#socket.destroy();
    this.#isSilent = true;
    if (this.#streams.size > 0) this.#write(encodeFrame(frameTypes.ping, 0, 0, Buffer.alloc(8)));
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes);
  }

  #endIfIdle(): void {
    if (this.#isDraining && this.#streams.size === 0) this.#socket.end();
  }

  #onClose(): void {
    clearInterval(this.#watch);
    this.#abortStreams();
  }

  #abortStreams(): void {
    for (const stream of this.#streams.values()) stream.abort(callerLeft);
    this.#streams.clear();
    this.#turns.wakeAll();
  }
}

function windowUpdate(streamId: number, byteLength: number): Buffer {
  return encodeFrame(frameTypes.windowUpdate, 0, streamId, uint32(byteLength));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

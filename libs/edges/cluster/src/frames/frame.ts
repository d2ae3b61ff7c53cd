// What goes over a framed connection: a preface, then frames. All numbers are little-endian.
//
//   preface   8 bytes, from the client
//   frame     payload length (u32) · call (u32) · kind (u8) · flags (u8) · 0 (u16) · payload

/** The first byte differs from that of HTTP/2's preface ("PRI …") and of a TLS handshake. */
export const preface = Buffer.from('TSRF\x00\x01\r\n', 'latin1');

export const headerByteLength = 12;

/** Most bytes of one frame; what is longer goes in several, between which others' frames may pass. */
export const framePayloadByteLength = 2 ** 20;

/** How much of a stream may be under way before its consumer has taken any. */
export const streamWindowByteLength = 4 * 2 ** 20;

export const frameKinds = {
  /** To the server: method (u8) · milliseconds left, 0 = any (u32) · length of the traceparent (u16) · traceparent · message. */
  call: 1,
  cancel: 2,
  /** To the server: how many more bytes of a stream may be sent (u32). */
  credit: 3,
  ping: 4,
  pong: 5,
  /** Of a chunk, before its data: length of the data (f64) · of the whole chunk (f64), if it is a part · version. */
  head: 6,
  data: 7,
  /** The error as JSON: `code`, `message`, `details`. */
  failure: 8,
  /** The server takes no more calls on this connection. */
  goAway: 9,
} as const;

export const frameFlags = {
  /** Of data and head: nothing more comes for this call. */
  last: 1,
  /** Of a head: nothing was ever written there. */
  absent: 2,
  /** Of a head: the caller has the bytes. */
  unchanged: 4,
  /** Of a head: a version follows the length. */
  versioned: 8,
  /** Of a failure: the call was not begun; another process may be asked. */
  refused: 16,
  /** Of a head: the data are a part of the chunk, whose length follows. */
  partial: 32,
} as const;

export interface FrameHeader {
  readonly kind: number;
  readonly flags: number;
  readonly callId: number;
  readonly payloadByteLength: number;
}

export interface Frame {
  readonly kind: number;
  readonly flags: number;
  readonly callId: number;
  /** The receiver's own: fresh, or the place that it named. */
  readonly payload: Buffer;
}

/** Writes the header of a frame into `target`; returns the place after it. */
export function writeHeader(target: Buffer, at: number, kind: number, flags: number, callId: number, payloadByteLength: number): number {
  target.writeUInt32LE(payloadByteLength, at);
  target.writeUInt32LE(callId, at + 4);
  target[at + 8] = kind;
  target[at + 9] = flags;
  target[at + 10] = 0;
  target[at + 11] = 0;
  return at + headerByteLength;
}

/** A frame with a short payload, or none. */
export function encodeFrame(kind: number, flags: number, callId: number, payload?: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerByteLength + (payload?.byteLength ?? 0));
  const at = writeHeader(frame, 0, kind, flags, callId, payload?.byteLength ?? 0);
  if (payload) frame.set(payload, at);
  return frame;
}

/** A payload of which this much is missing is received into its place; less is copied there. */
const leastDirectByteLength = 8 * 1024;

/** Cuts bytes as they arrive into frames. Each payload is copied once, out of the buffer that it arrived in, or arrives in its place. */
export class FrameParser {
  readonly #mostPayloadByteLength: number;
  readonly #take: (frame: Frame) => void;
  readonly #placeOf: (header: FrameHeader) => Buffer | undefined;
  readonly #header = Buffer.alloc(headerByteLength);
  #headerFilled = 0;
  #payload: Buffer | undefined;
  #payloadFilled = 0;

  /** @param placeOf where a payload is to be put, exactly as long as it; undefined = anywhere */
  constructor(mostPayloadByteLength: number, take: (frame: Frame) => void, placeOf: (header: FrameHeader) => Buffer | undefined = () => undefined) {
    this.#mostPayloadByteLength = mostPayloadByteLength;
    this.#take = take;
    this.#placeOf = placeOf;
  }

  /** Where the next bytes belong, if they are best received there: as many as fit, of which `received` then tells. */
  get room(): Buffer | undefined {
    const payload = this.#payload;
    return payload && payload.byteLength - this.#payloadFilled >= leastDirectByteLength ? payload.subarray(this.#payloadFilled) : undefined;
  }

  /** So many bytes were put into `room`. */
  received(byteLength: number): void {
    this.#payloadFilled += byteLength;
    if (this.#payloadFilled === this.#payload!.byteLength) this.#deliver(this.#payload!);
  }

  /** @throws RangeError for a frame that is longer than it may be. */
  feed(input: Uint8Array): void {
    let at = 0;
    while (at < input.byteLength) {
      if (!this.#payload) {
        const count = Math.min(headerByteLength - this.#headerFilled, input.byteLength - at);
        this.#header.set(input.subarray(at, at + count), this.#headerFilled);
        this.#headerFilled += count;
        at += count;
        if (this.#headerFilled < headerByteLength) return;
        const byteLength = this.#header.readUInt32LE(0);
        if (byteLength > this.#mostPayloadByteLength) throw new RangeError(`A frame of ${byteLength} bytes is longer than any that is sent.`);
        this.#payload = this.#placeOf({ ...this.#head(), payloadByteLength: byteLength }) ?? Buffer.allocUnsafeSlow(byteLength);
        this.#payloadFilled = 0;
      }
      const count = Math.min(this.#payload.byteLength - this.#payloadFilled, input.byteLength - at);
      this.#payload.set(input.subarray(at, at + count), this.#payloadFilled);
      this.#payloadFilled += count;
      at += count;
      if (this.#payloadFilled === this.#payload.byteLength) this.#deliver(this.#payload);
    }
  }

  #deliver(payload: Buffer): void {
    this.#payload = undefined;
    this.#headerFilled = 0;
    this.#take({ ...this.#head(), payload });
  }

  #head(): { kind: number; flags: number; callId: number } {
    return { kind: this.#header[8]!, flags: this.#header[9]!, callId: this.#header.readUInt32LE(4) };
  }
}

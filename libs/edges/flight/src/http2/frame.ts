// Frames of HTTP/2 (RFC 9113, 4 and 6).
import { TesseraError } from '@tessera/domain';

export const frameTypes = { data: 0, headers: 1, priority: 2, rstStream: 3, settings: 4, pushPromise: 5, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 } as const;
export const frameFlags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
export const errorCodes = {
  none: 0, protocol: 1, internal: 2, flowControl: 3, settingsTimeout: 4, streamClosed: 5, frameSize: 6, refusedStream: 7, cancel: 8, compression: 9, connect: 10, enhanceYourCalm: 11,
} as const;
export const settingNames = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5, maxHeaderListSize: 6 } as const;

export const headerByteLength = 9;
/** Longest payload that we take: the least that may be announced. */
export const framePayloadByteLength = 16_384;
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** What ends a connection: a code of RFC 9113, 7. */
export class ConnectionError extends TesseraError {
  readonly http2Code: number;

  constructor(http2Code: number, message: string) {
    super('invalid_argument', message);
    this.http2Code = http2Code;
  }
}

export function encodeFrame(type: number, flags: number, streamId: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const frame = Buffer.allocUnsafe(headerByteLength + payload.byteLength);
  writeFrameHeader(frame, payload.byteLength, type, flags, streamId);
  frame.set(payload, headerByteLength);
  return frame;
}

export function writeFrameHeader(target: Buffer, payloadByteLength: number, type: number, flags: number, streamId: number): void {
  target.writeUIntBE(payloadByteLength, 0, 3);
  target[3] = type;
  target[4] = flags;
  target.writeUInt32BE(streamId, 5);
}

/** Cuts what a socket gives into frames. Holds one frame at most. */
export class FrameParser {
  readonly #take: (frame: Frame) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /** @throws ConnectionError if a frame is too long. */
  feed(bytes: Buffer): void {
    let input = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (input.byteLength >= headerByteLength) {
      const payloadByteLength = input.readUIntBE(0, 3);
      if (payloadByteLength > framePayloadByteLength) throw new ConnectionError(errorCodes.frameSize, 'A frame is longer than was agreed.');
      const end = headerByteLength + payloadByteLength;
      if (input.byteLength < end) break;
      const frame = { type: input[3]!, flags: input[4]!, streamId: input.readUInt32BE(5) & 0x7fffffff, payload: input.subarray(headerByteLength, end) };
      input = input.subarray(end);
      this.#take(frame);
    }
    this.#rest = input;
  }
}

/** The payload of DATA or HEADERS without padding and priority. @throws ConnectionError if there is more padding than payload. */
export function unpadded({ flags, payload, type }: Frame): Buffer {
  const isPadded = (flags & frameFlags.padded) !== 0;
  const start = (isPadded ? 1 : 0) + (type === frameTypes.headers && flags & frameFlags.priority ? 5 : 0);
  const end = payload.byteLength - (isPadded ? payload[0] ?? 0 : 0);
  if (start > end) throw new ConnectionError(errorCodes.protocol, 'A frame has more padding than content.');
  return payload.subarray(start, end);
}

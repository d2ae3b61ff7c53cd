import type { MessageParts } from '../messages/flight-data.ts';

/**
 * A message that writes itself straight into the frame which grpc-js makes of it: its server asks a serialised message
 * for its length and to copy itself, nothing else. That is the only copy that is made of a body.
 */
class PartedMessage {
  readonly byteLength: number;
  readonly #parts: MessageParts;

  constructor(parts: MessageParts) {
    this.#parts = parts;
    this.byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
  }

  copy(target: Uint8Array, targetOffset: number): number {
    let at = targetOffset;
    for (const part of this.#parts) {
      target.set(part, at);
      at += part.byteLength;
    }
    return this.byteLength;
  }
}

export function joined(parts: MessageParts): Buffer {
  return new PartedMessage(parts) as unknown as Buffer;
}

import { damaged } from './decode-chunk.ts';

/** Shapes of an array in a frame (c-blosc2, README_B2ND_METALAYER.rst). */
export interface ArrayLayout {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly blockShape: readonly number[];
}

const firstMetalayer = 87;
const maxRank = 16;
const names = ['b2nd', 'caterva'];

/**
 * How a frame's array is cut, from its header: after three bytes and the size of the map (u16) a name and a place (i32)
 * each. Undefined if the frame holds plain bytes.
 */
export function readMetalayer(header: Uint8Array): ArrayLayout | undefined {
  const cursor = new MessageCursor(header, firstMetalayer);
  // A list of three: the size of what follows, the map, the contents.
  cursor.skip(1 + 3 + 1);
  const count = cursor.uint(2);
  for (let index = 0; index < count; index++) {
    const name = cursor.text();
    cursor.skip(1);
    const place = cursor.uint(4);
    if (names.includes(name)) return parseLayout(new MessageCursor(header, place));
  }
  return undefined;
}

/** A binary value, and in it: version, rank, and the three shapes. */
function parseLayout(cursor: MessageCursor): ArrayLayout {
  cursor.skip(5);
  cursor.skip(2);
  const rank = cursor.uint(1);
  if (rank < 1 || rank > maxRank) throw damaged(`it has an array of ${rank} dimensions`);
  const shapeOf = (byteLength: 4 | 8): number[] => {
    cursor.skip(1);
    return Array.from({ length: rank }, () => {
      cursor.skip(1);
      return byteLength === 8 ? cursor.uint(4) * 2 ** 32 + cursor.uint(4) : cursor.uint(4);
    });
  };
  const layout = { shape: shapeOf(8), chunkShape: shapeOf(4), blockShape: shapeOf(4) };
  const isSound = layout.blockShape.every((length, axis) => length >= 1 && length <= layout.chunkShape[axis]!) && layout.shape.every(Number.isSafeInteger);
  if (!isSound) throw damaged('the shapes of its array make no sense');
  return layout;
}

/** Reads MessagePack whose types are known. */
class MessageCursor {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  skip(byteLength: number): void {
    this.#at += byteLength;
  }

  uint(byteLength: number): number {
    if (this.#at + byteLength > this.#bytes.byteLength) throw damaged('its header is cut off');
    let value = 0;
    for (let index = 0; index < byteLength; index++) value = value * 256 + this.#bytes[this.#at++]!;
    return value;
  }

  /** Of up to 31 bytes. */
  text(): string {
    const byteLength = this.uint(1) & 0x1f;
    const end = this.#at + byteLength;
    const text = Buffer.from(this.#bytes.subarray(this.#at, end)).toString('latin1');
    this.#at = end;
    return text;
  }
}

import { damaged } from './damage.ts';

/** Thrown where the bytes in hand end before the header does: more of the file is to be read. */
export class HeaderGoesOn extends Error {}

/** Reads the big-endian fields of a header one after the other; padded ones end at a multiple of four bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Counts, lengths and numbers of dimensions have eight bytes in CDF-5. */
  readonly #isWide: boolean;
  #position: number;

  constructor(bytes: Uint8Array, isWide: boolean, position: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isWide = isWide;
    this.#position = position;
  }

  /** @throws HeaderGoesOn */
  take(byteLength: number): Uint8Array {
    const start = this.#position;
    if (start + byteLength > this.#bytes.byteLength) throw new HeaderGoesOn();
    this.#position = start + byteLength;
    return this.#bytes.subarray(start, start + byteLength);
  }

  /** As `take`, and the padding after it. */
  takePadded(byteLength: number): Uint8Array {
    const bytes = this.take(byteLength);
    this.take((4 - (byteLength % 4)) % 4);
    return bytes;
  }

  u32(): number {
    const start = this.#position;
    this.take(4);
    return this.#view.getUint32(start);
  }

  /** A file offset or the like. @throws damaged beyond 2^53. */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw damaged('a number is larger than any file');
    return value;
  }

  count(): number {
    return this.#isWide ? this.u64() : this.u32();
  }

  /** A count; undefined if every bit of it is set. */
  optionalCount(): number | undefined {
    const field = this.take(this.#isWide ? 8 : 4);
    if (field.every((byte) => byte === 0xff)) return undefined;
    this.#position -= field.byteLength;
    return this.count();
  }

  name(): string {
    const byteLength = this.count();
    if (byteLength > maxNameByteLength) throw damaged('a name is too long');
    return new TextDecoder().decode(this.takePadded(byteLength));
  }
}

/** NC_MAX_NAME is 256 characters. */
const maxNameByteLength = 2048;

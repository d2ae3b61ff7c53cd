import { damaged } from './damage.ts';

/** How many bytes addresses and lengths have in this file (superblock). */
export interface FieldSizes {
  readonly offsetSize: number;
  readonly lengthSize: number;
}

/** Reads little-endian fields one after the other; past the end the file is damaged. */
export class ByteCursor {
  position = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #sizes: FieldSizes;

  constructor(bytes: Uint8Array, sizes: FieldSizes, position = 0) {
    this.bytes = bytes;
    this.position = position;
    this.#sizes = sizes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.byteLength - this.position;
  }

  /** Moves on; returns where it was. */
  skip(byteLength: number): number {
    const start = this.position;
    if (!(byteLength >= 0 && start + byteLength <= this.bytes.byteLength)) throw damaged('a structure ends too early');
    this.position = start + byteLength;
    return start;
  }

  take(byteLength: number): Uint8Array {
    const start = this.skip(byteLength);
    return this.bytes.subarray(start, start + byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** An unsigned integer of any width. @throws damaged if it is beyond 2^53. */
  uint(byteLength: number): number {
    const value = readUint(this.bytes, this.skip(byteLength), byteLength);
    if (!Number.isSafeInteger(value)) throw damaged('a number is larger than any file');
    return value;
  }

  /** As `uint`; undefined if every bit is set, HDF5's "undefined" and "unlimited". */
  optionalUint(byteLength: number): number | undefined {
    const start = this.position;
    if (this.take(byteLength).every((byte) => byte === 0xff)) return undefined;
    this.position = start;
    return this.uint(byteLength);
  }

  /** An address; undefined if there is none. */
  address(): number | undefined {
    return this.optionalUint(this.#sizes.offsetSize);
  }

  /** @throws damaged if the address is undefined. */
  definedAddress(): number {
    const address = this.address();
    if (address === undefined) throw damaged('an address that is needed is undefined');
    return address;
  }

  length(): number {
    return this.uint(this.#sizes.lengthSize);
  }

  /** @throws damaged if the next four bytes are not this signature. */
  expectSignature(signature: string): void {
    const start = this.skip(4);
    for (let i = 0; i < 4; i++) {
      if (this.bytes[start + i] !== signature.charCodeAt(i)) throw damaged(`the signature "${signature}" is missing`);
    }
  }

  expectVersion(of: string, ...known: number[]): number {
    const version = this.u8();
    if (!known.includes(version)) throw damaged(`its ${of} has the unknown version ${version}`);
    return version;
  }

  /** Text up to a NUL, which is consumed; the NUL counts into `padTo`, a multiple the whole field is padded to. */
  nulTerminated(padTo = 1): Uint8Array {
    const start = this.position;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) throw damaged('a name has no end');
    // The last field of a message may lack its padding.
    const fieldEnd = start + Math.ceil((end + 1 - start) / padTo) * padTo;
    this.position = Math.min(fieldEnd, this.bytes.byteLength);
    return this.bytes.subarray(start, end);
  }
}

/** An unsigned little-endian integer; inexact beyond 2^53. */
export function readUint(bytes: Uint8Array, start: number, byteLength: number): number {
  let value = 0;
  for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
  return value;
}

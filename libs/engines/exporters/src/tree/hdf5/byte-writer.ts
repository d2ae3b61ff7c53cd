/** Bytes put one behind the other, numbers in little-endian order as HDF5 metadata have them. */
export class ByteWriter {
  private buffer: Buffer;
  private length = 0;

  constructor(initialByteLength = 256) {
    this.buffer = Buffer.alloc(initialByteLength);
  }

  get byteLength(): number {
    return this.length;
  }

  u8(value: number): this {
    const at = this.grow(1);
    this.buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    this.buffer.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.grow(4);
    this.buffer.writeUInt32LE(value, at);
    return this;
  }

  u64(value: number | bigint): this {
    const at = this.grow(8);
    this.buffer.writeBigUInt64LE(BigInt(value), at);
    return this;
  }

  /** An unsigned number of up to six bytes. */
  uint(value: number, byteLength: number): this {
    const at = this.grow(byteLength);
    this.buffer.writeUIntLE(value, at, byteLength);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.grow(bytes.byteLength);
    this.buffer.set(bytes, at);
    return this;
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text, 'utf8'));
  }

  zeros(count: number): this {
    this.grow(count);
    return this;
  }

  /** A view of what was put so far. */
  done(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private grow(byteLength: number): number {
    const at = this.length;
    this.length += byteLength;
    if (this.length > this.buffer.byteLength) {
      const larger = Buffer.alloc(Math.max(this.length, this.buffer.byteLength * 2));
      this.buffer.copy(larger, 0, 0, at);
      this.buffer = larger;
    }
    return at;
  }
}

/** An address that leads nowhere (HDF5 File Format Specification, section I.B: all bits set). */
export const undefinedAddress = 0xffff_ffff_ffff_ffffn;

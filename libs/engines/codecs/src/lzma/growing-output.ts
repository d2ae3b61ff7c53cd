/** Bytes as they come out of a decoder, which looks back at them; they may not become more than `maxByteLength`. */
export class GrowingOutput {
  bytes: Uint8Array;
  length = 0;
  readonly #maxByteLength: number;

  constructor(maxByteLength: number, expectedByteLength: number) {
    this.#maxByteLength = maxByteLength;
    this.bytes = new Uint8Array(Math.min(Math.max(expectedByteLength, 1024), maxByteLength));
  }

  /** Makes room for so many more. @throws RangeError if that is too much. */
  reserve(byteLength: number): void {
    const needed = this.length + byteLength;
    if (needed > this.#maxByteLength) throw new RangeError(`more than ${this.#maxByteLength} bytes come out`);
    if (needed <= this.bytes.byteLength) return;
    const larger = new Uint8Array(Math.min(Math.max(needed, this.bytes.byteLength * 2), this.#maxByteLength));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  push(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength);
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  finished(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

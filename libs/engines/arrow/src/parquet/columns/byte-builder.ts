import type { ByteValues } from './page-values.ts';

/** Values put one after the other, with the offsets of each. */
export class ByteBuilder {
  readonly #offsets: Uint32Array;
  #bytes: Uint8Array<ArrayBuffer>;
  #rowCount = 0;
  #byteLength = 0;

  constructor(mostRowCount: number, expectedByteLength: number) {
    this.#offsets = new Uint32Array(mostRowCount + 1);
    this.#bytes = new Uint8Array(Math.max(expectedByteLength, 64));
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds rows; those that are 0 in `levels` have no value. */
  add(values: ByteValues, rowCount: number, levels: Uint8Array | undefined, valueCount: number): void {
    const { source, spans } = values.next(valueCount);
    let total = 0;
    for (let i = 0; i < valueCount; i++) total += spans[i * 2 + 1]! - spans[i * 2]!;
    this.#reserve(total);
    const bytes = this.#bytes;
    let to = this.#byteLength;
    let value = 0;
    for (let row = 0; row < rowCount; row++) {
      if (!levels || levels[row] === 1) {
        const start = spans[value * 2]!;
        const end = spans[value * 2 + 1]!;
        value++;
        if (end - start <= 32) for (let from = start; from < end; from++) bytes[to++] = source[from]!;
        else {
          bytes.set(source.subarray(start, end), to);
          to += end - start;
        }
      }
      this.#offsets[this.#rowCount + row + 1] = to;
    }
    this.#rowCount += rowCount;
    this.#byteLength = to;
  }

  finish(layout: 'offsets32' | 'offsets64' | 'views'): { data: Uint8Array<ArrayBuffer>; offsets: Uint8Array<ArrayBuffer> } {
    const offsets = this.#offsets.subarray(0, this.#rowCount + 1);
    const data = this.#bytes.byteLength > 2 * this.#byteLength + 4096 ? this.#bytes.slice(0, this.#byteLength) : this.#bytes.subarray(0, this.#byteLength);
    if (layout === 'views') return { data, offsets: viewsOf(data, offsets) };
    if (layout === 'offsets64') return { data, offsets: new Uint8Array(BigInt64Array.from(offsets, BigInt).buffer) };
    return { data, offsets: new Uint8Array(this.#offsets.buffer as ArrayBuffer, 0, offsets.byteLength) };
  }

  #reserve(byteLength: number): void {
    const needed = this.#byteLength + byteLength;
    if (needed <= this.#bytes.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, Math.ceil(this.#bytes.byteLength * 1.5)));
    grown.set(this.#bytes.subarray(0, this.#byteLength));
    this.#bytes = grown;
  }
}

/** Length, then the value if it has up to 12 bytes, else its first 4, the number of the buffer, 0, and where in it (Arrow, "Variable-size Binary View Layout"). */
function viewsOf(data: Uint8Array, offsets: Uint32Array): Uint8Array<ArrayBuffer> {
  const views = new Uint8Array((offsets.length - 1) * 16);
  const words = new Uint32Array(views.buffer);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const start = offsets[row]!;
    const byteLength = offsets[row + 1]! - start;
    words[row * 4] = byteLength;
    const shown = byteLength <= 12 ? byteLength : 4;
    for (let i = 0; i < shown; i++) views[row * 16 + 4 + i] = data[start + i]!;
    if (byteLength > 12) words[row * 4 + 3] = start;
  }
  return views;
}

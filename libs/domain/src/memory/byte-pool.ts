/** Smaller buffers cost next to nothing to make. */
const leastByteLength = 4 * 1024;
/** Free buffers kept for the next loans. */
const defaultKeptByteLength = 8 * 2 ** 20;

/** Memory that somebody has the use of until it is given back. */
export interface Loan {
  /** As many as asked for; what they hold is left over from others. */
  readonly bytes: Uint8Array;
  /**
   * After it the bytes are overwritten by others: whoever calls it has no more use of them, and neither has anybody who got
   * them from it. Further calls do nothing. What is never given back is left to the garbage collector.
   */
  release(): void;
}

/**
 * Buffers that are used again. A fresh buffer of the size of a chunk costs as much as reading a file into it: its
 * pages are mapped one by one as they are touched, and collecting it is work too.
 */
export class BytePool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  readonly #maxKeptByteLength: number;
  #keptByteLength = 0;

  /** @param keptByteLength of the free buffers that wait for the next loan, together */
  constructor(keptByteLength = defaultKeptByteLength) {
    this.#maxKeptByteLength = keptByteLength;
  }

  /** How many bytes are held for later. */
  get keptByteLength(): number {
    return this.#keptByteLength;
  }

  lend(byteLength: number): Loan {
    if (byteLength < leastByteLength || byteLength > this.#maxKeptByteLength) return { bytes: new Uint8Array(byteLength), release: () => {} };
    const capacity = roundUp(byteLength);
    const buffer = this.#take(capacity) ?? new ArrayBuffer(capacity);
    let isOver = false;
    return {
      bytes: new Uint8Array(buffer, 0, byteLength),
      release: () => {
        if (isOver) return;
        isOver = true;
        this.#keep(buffer);
      },
    };
  }

  #take(capacity: number): ArrayBuffer | undefined {
    const buffer = this.#free.get(capacity)?.pop();
    if (buffer) this.#keptByteLength -= capacity;
    return buffer;
  }

  #keep(buffer: ArrayBuffer): void {
    const capacity = buffer.byteLength;
    // One that was transferred to a thread meanwhile has no length.
    if (capacity === 0) return;
    if (this.#keptByteLength + capacity > this.#maxKeptByteLength) this.#drop(capacity);
    if (this.#keptByteLength + capacity > this.#maxKeptByteLength) return;
    this.#keptByteLength += capacity;
    const free = this.#free.get(capacity);
    if (free) free.push(buffer);
    else this.#free.set(capacity, [buffer]);
  }

  /** Makes room by letting go of buffers of other sizes: those of an array that nobody reads any more. */
  #drop(capacity: number): void {
    for (const [size, buffers] of this.#free) {
      if (size === capacity) continue;
      this.#free.delete(size);
      this.#keptByteLength -= size * buffers.length;
      if (this.#keptByteLength + capacity <= this.#maxKeptByteLength) return;
    }
  }
}

/** Four sizes for each power of two: at most a quarter more than asked for. */
function roundUp(byteLength: number): number {
  const step = 2 ** (Math.floor(Math.log2(byteLength)) - 2);
  return Math.ceil(byteLength / step) * step;
}

/** Size at which gathered text is handed on. */
const pieceLength = 128 * 2 ** 10;

/** Gathers small texts into pieces worth sending. */
export class TextPieces {
  #parts: string[] = [];
  #length = 0;

  add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  get isFull(): boolean {
    return this.#length >= pieceLength;
  }

  /** What was gathered, as UTF-8; empty at most at the very end. */
  take(): Uint8Array {
    const bytes = Buffer.from(this.#parts.join(''), 'utf8');
    this.#parts = [];
    this.#length = 0;
    return bytes;
  }
}

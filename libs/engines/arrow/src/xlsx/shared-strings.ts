// The texts of a workbook, each once (ECMA-376 part 1, 18.4): held as UTF-8 in one buffer, as they are needed at random.
import { TesseraError } from '@tessera/domain';
import { xmlTokens } from './xml-tokens.ts';

const maxByteLength = 128 * 2 ** 20;
const maxCount = 2 ** 23;

export class SharedStrings {
  #bytes = Buffer.alloc(64 * 2 ** 10);
  #ends = new Uint32Array(1024);
  #count = 0;
  #byteLength = 0;

  /** @throws TesseraError gone if they are damaged, unsupported if they take too much memory. */
  static async read(pieces: AsyncIterable<Uint8Array>): Promise<SharedStrings> {
    const strings = new SharedStrings();
    let text: string | undefined;
    let isText = false;
    let phoneticDepth = 0;
    for await (const tokens of xmlTokens(pieces)) {
      for (const token of tokens) {
        if (token.kind === 'text') {
          if (isText && phoneticDepth === 0 && text !== undefined) text += token.text;
          continue;
        }
        const isOpening = token.kind === 'open';
        if (isOpening && token.isEmpty && token.name !== 'si') continue;
        if (token.name === 't') isText = isOpening;
        // How a text is pronounced is no part of it.
        if (token.name === 'rPh') phoneticDepth += isOpening ? 1 : -1;
        if (token.name !== 'si') continue;
        if (isOpening) text = '';
        if (!isOpening || token.isEmpty) {
          strings.#add(text ?? '');
          text = undefined;
        }
      }
    }
    return strings;
  }

  #add(text: string): void {
    const byteLength = this.#byteLength + Buffer.byteLength(text);
    if (byteLength > maxByteLength || this.#count === maxCount) throw new TesseraError('unsupported', `The spreadsheet has more than ${maxByteLength / 2 ** 20} MiB of text. Save its sheets as CSV.`);
    if (byteLength > this.#bytes.byteLength) this.#bytes = Buffer.concat([this.#bytes], Math.max(byteLength, this.#bytes.byteLength * 2));
    this.#bytes.write(text, this.#byteLength);
    this.#byteLength = byteLength;
    if (this.#count === this.#ends.length) {
      const wider = new Uint32Array(this.#count * 2);
      wider.set(this.#ends);
      this.#ends = wider;
    }
    this.#ends[this.#count++] = byteLength;
  }

  /** Undefined if there is none of this number. */
  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
}

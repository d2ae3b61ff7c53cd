// Header compression of HTTP/2 (RFC 7541): all of it for what comes in; what goes out is small and goes as it is.
import { TesseraError } from '@tessera/domain';
import { decodeHuffman } from './huffman.ts';
import { staticTable } from './static-table.ts';

/** What we announce, by not announcing another. */
const tableByteLength = 4096;
/** Of all headers of a request together. */
export const mostHeadersByteLength = 32 * 1024;
/** RFC 7541, 4.1: what an entry counts beside its texts. */
const entryOverhead = 32;

type Entry = readonly [name: string, value: string];

/** Decodes the header blocks of one connection, in the order in which they came. */
export class HeaderDecoder {
  #entries: Entry[] = [];
  #byteLength = 0;
  #mostByteLength = tableByteLength;

  /** @throws TesseraError invalid_argument if the block is damaged, too_large if it unfolds to too much: the connection is lost then. */
  decode(block: Uint8Array): Map<string, string> {
    const headers = new Map<string, string>();
    const input = new BlockReader(block);
    let unfolded = 0;
    while (!input.isAtEnd) {
      const first = input.peek();
      if ((first & 0xe0) === 0x20) {
        this.#resize(input.integer(5));
        continue;
      }
      const [name, value] = first & 0x80 ? this.#at(input.integer(7)) : this.#literal(input, first);
      unfolded += name.length + value.length + entryOverhead;
      if (unfolded > mostHeadersByteLength) throw new TesseraError('too_large', 'The headers of a request are too long.');
      // The first counts: nobody shows credentials twice.
      if (!headers.has(name)) headers.set(name, value);
    }
    return headers;
  }

  #literal(input: BlockReader, first: number): Entry {
    const isKept = (first & 0xc0) === 0x40;
    const index = input.integer(isKept ? 6 : 4);
    const name = index === 0 ? input.text() : this.#at(index)[0];
    const entry: Entry = [name, input.text()];
    if (isKept) this.#add(entry);
    return entry;
  }

  #at(index: number): Entry {
    const entry = index <= staticTable.length ? staticTable[index - 1] : this.#entries[index - staticTable.length - 1];
    if (!entry) throw damaged();
    return entry;
  }

  #add(entry: Entry): void {
    this.#entries.unshift(entry);
    this.#byteLength += sizeOf(entry);
    this.#evict();
  }

  #resize(byteLength: number): void {
    if (byteLength > tableByteLength) throw damaged();
    this.#mostByteLength = byteLength;
    this.#evict();
  }

  #evict(): void {
    while (this.#byteLength > this.#mostByteLength) this.#byteLength -= sizeOf(this.#entries.pop()!);
  }
}

const sizeOf = ([name, value]: Entry) => name.length + value.length + entryOverhead;

class BlockReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  peek(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  /** RFC 7541, 5.1. */
  integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (value > 2 ** 28) throw damaged();
      if (byte < 128) return value;
    }
  }

  /** RFC 7541, 5.2. */
  text(): string {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const byteLength = this.integer(7);
    if (byteLength > this.#bytes.byteLength - this.#at) throw damaged();
    const bytes = this.#bytes.subarray(this.#at, (this.#at += byteLength));
    return (isHuffman ? decodeHuffman(bytes) : Buffer.from(bytes)).toString('latin1');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw damaged();
    return byte;
  }
}

function damaged(): TesseraError {
  return new TesseraError('invalid_argument', 'The headers of a request are damaged.');
}

/** Headers as literals that nobody is to keep. Names in lower case, values in Latin-1. */
export function encodeHeaders(headers: Iterable<Entry>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) parts.push(Buffer.from([0]), encodeText(name), encodeText(value));
  return Buffer.concat(parts);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(bytes.byteLength, 7), bytes]);
}

function encodeInteger(value: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

import type { TextFormat } from './text-format.ts';
import type { TextSink } from './text-sink.ts';

const quote = 34;
const backslash = 92;
const hex = Buffer.from('0123456789abcdef', 'latin1');
/** Letters of short escapes, by byte (RFC 8259, section 7). */
const short: Readonly<Record<number, number>> = { 8: 98, 9: 116, 10: 110, 12: 102, 13: 114, 34: 34, 92: 92 };

/** JSON: numbers that are none, and what is missing, are `null`. */
export const jsonFormat: TextFormat = { isJson: true, quote: '"', writeText, missing: () => 'null' };

function writeText(sink: TextSink, utf8: Uint8Array, start: number, end: number): void {
  sink.reserve((end - start) * 6 + 2);
  const { bytes } = sink;
  let { at } = sink;
  bytes[at++] = quote;
  for (let i = start; i < end; i++) {
    const byte = utf8[i]!;
    if (byte >= 32 && byte !== quote && byte !== backslash) {
      bytes[at++] = byte;
      continue;
    }
    bytes[at++] = backslash;
    const letter = short[byte];
    if (letter !== undefined) bytes[at++] = letter;
    else {
      bytes[at++] = 117;
      bytes[at++] = 48;
      bytes[at++] = 48;
      bytes[at++] = hex[byte >> 4]!;
      bytes[at++] = hex[byte & 15]!;
    }
  }
  bytes[at++] = quote;
  sink.at = at;
}

import type { TextFormat } from '../text-format.ts';
import type { TextSink } from '../text-sink.ts';
import { writeEscaped } from '../markup-text.ts';

/** Characters (UTF-16 units) that a cell can hold. */
const maxLength = 32_767;

/** Text of a cell; what is missing has no cell with text. */
export const sheetText: TextFormat = { isJson: false, quote: '', writeText, missing: () => '' };

/**
 * Text as XML, with what XML cannot have written as `_x0001_` (ECMA-376, part 1, section 22.9.2.19, ST_Xstring). Text
 * that is too long for a cell ends with an ellipsis.
 */
function writeText(sink: TextSink, utf8: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const byte = utf8[i]!;
    const isPlain = byte > 32 && byte !== 0x5f && byte < 0xed;
    if (!isPlain && byte !== 32) return writeRare(sink, Buffer.from(utf8.buffer, utf8.byteOffset + start, end - start).toString('utf8'));
  }
  if (end - start > maxLength) return writeRare(sink, Buffer.from(utf8.buffer, utf8.byteOffset + start, end - start).toString('utf8'));
  writeEscaped(sink, utf8, start, end);
}

function writeRare(sink: TextSink, text: string): void {
  const shown = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  const escaped = shown
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    // What XML cannot have (XML 1.0, section 2.2), and the carriage return, which it would change.
    .replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`);
  const bytes = Buffer.from(escaped, 'utf8');
  writeEscaped(sink, bytes, 0, bytes.byteLength);
}

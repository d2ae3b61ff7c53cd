import type { GrowingOutput } from './growing-output.ts';
import { LzmaDecoder, parseProperties, type LzmaProperties } from './lzma-decoder.ts';
import { RangeDecoder } from './range-decoder.ts';

/**
 * LZMA2: chunks of LZMA, or of bytes as they are (xz file format 1.2, section 5.3.1, and the SDK's "Lzma2"). Returns where they end.
 * @throws RangeError
 */
export function decodeLzma2(bytes: Uint8Array, start: number, output: GrowingOutput): number {
  let at = start;
  let dictionaryStart: number | undefined;
  let properties: LzmaProperties | undefined;
  let decoder: LzmaDecoder | undefined;
  const u16 = (from: number) => {
    if (from + 2 > bytes.byteLength) throw new RangeError('they end too early');
    return (bytes[from]! << 8) | bytes[from + 1]!;
  };
  for (;;) {
    const control = bytes[at++];
    if (control === undefined) throw new RangeError('they end too early');
    if (control === 0) return at;
    if (control === 1 || control >= 0xe0) dictionaryStart = output.length;
    if (dictionaryStart === undefined || (control > 2 && control < 0x80)) throw new RangeError('a chunk begins wrongly');
    if (control < 0x80) {
      const byteLength = u16(at) + 1;
      at += 2;
      if (at + byteLength > bytes.byteLength) throw new RangeError('they end too early');
      output.push(bytes.subarray(at, at + byteLength));
      at += byteLength;
      continue;
    }
    const decodedByteLength = ((control & 0x1f) << 16) + u16(at) + 1;
    const encodedByteLength = u16(at + 2) + 1;
    at += 4;
    if (control >= 0xc0) {
      properties = parseProperties(bytes[at++] ?? 0xff);
      if (properties.lc + properties.lp > 4) throw new RangeError('properties are wrong');
    }
    if (!properties) throw new RangeError('a chunk begins wrongly');
    if (control >= 0xa0 || !decoder) decoder = new LzmaDecoder(properties);
    const end = output.length + decodedByteLength;
    const range = new RangeDecoder(bytes, at, at + encodedByteLength);
    const isCut = decoder.decode(range, output, dictionaryStart, end);
    at += encodedByteLength;
    if (isCut || range.position !== at || !range.isAtEnd) throw new RangeError('a chunk has another length than it says');
  }
}

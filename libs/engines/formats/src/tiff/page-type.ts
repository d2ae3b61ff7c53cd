import { parseScalarType, type ScalarType } from '@tessera/domain';
import { unsupported } from './damage.ts';
import type { Page } from './page.ts';

const kinds: Readonly<Record<number, string>> = { 1: 'u', 2: 'i', 3: 'f', 6: 'c' };
const sizes: Readonly<Record<string, readonly number[]>> = { u: [8, 16, 32, 64], i: [8, 16, 32, 64], f: [16, 32, 64], c: [64, 128] };

/** Whether samples are not whole words of 8, 16, 32 or 64 bits, and must be unpacked. */
export function isPacked({ bits }: Page): boolean {
  return ![8, 16, 32, 64, 128].includes(bits);
}

/**
 * The data type of an image's elements. Those that are unpacked or set right by a predictor come out little-endian,
 * others in the order of the file. One bit is a boolean, other odd sizes are the next larger unsigned integer.
 * @throws TesseraError gone for samples that NumPy has no type for.
 */
export function dataTypeOf(page: Page, isLittleEndian: boolean): ScalarType {
  const { bits, sampleFormat } = page;
  // 4 is "undefined": bits that mean what the reader takes them for.
  const kind = kinds[sampleFormat === 4 ? 1 : sampleFormat];
  if (isPacked(page)) {
    if (kind !== 'u' || !Number.isInteger(bits) || bits < 1 || bits > 31) throw unsupportedSamples(page);
    if (bits === 1) return parseScalarType('|b1');
    return parseScalarType(bits < 8 ? '|u1' : bits < 16 ? '<u2' : '<u4');
  }
  if (kind === undefined || !sizes[kind]!.includes(bits)) throw unsupportedSamples(page);
  return parseScalarType(`${isLittleEndian || page.predictor !== 1 ? '<' : '>'}${kind}${bits / 8}`);
}

function unsupportedSamples({ bits, sampleFormat }: Page): Error {
  return unsupported(`Samples of ${bits} bits in format ${sampleFormat} of a TIFF file cannot be read`);
}

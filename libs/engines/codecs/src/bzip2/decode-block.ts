// A block of bzip2: Huffman codes of a move-to-front list of the last column of the Burrows-Wheeler transform.
import type { BitReader } from './bit-reader.ts';
import { HuffmanCode, readCodeLengths } from './huffman.ts';

const symbolsPerSelector = 50;

/** A block before its runs are expanded. `next` holds in its low 8 bits a byte, above them where the one after it is. */
export interface TransformedBlock {
  readonly next: Uint32Array;
  readonly byteLength: number;
  readonly start: number;
}

/** @throws RangeError if the block is damaged, or longer than `maxByteLength`. */
export function readBlock(reader: BitReader, maxByteLength: number): TransformedBlock {
  if (reader.bit() === 1) throw new RangeError('its blocks are randomised, as nothing has written them for decades');
  const start = reader.bits(24);
  const usedBytes = readUsedBytes(reader);
  const { codes, selectors } = readCodes(reader, usedBytes.length + 2);
  const next = new Uint32Array(maxByteLength);
  const counts = new Uint32Array(256);
  const endOfBlock = usedBytes.length + 1;
  const recent = Uint8Array.from(usedBytes);
  let byteLength = 0;
  let runLength = 0;
  let runUnit = 1;
  for (let index = 0; ; index++) {
    const selector = selectors[Math.floor(index / symbolsPerSelector)];
    if (selector === undefined) throw new RangeError('a block has no end');
    const symbol = codes[selector]!.read(reader);
    if (symbol < 2) {
      // A run of the front of the list, its length in digits of 1 and 2, lowest first.
      runLength += runUnit << symbol;
      runUnit *= 2;
      if (runLength > maxByteLength) throw new RangeError('a block is too long');
      continue;
    }
    if (byteLength + runLength + 1 > maxByteLength + (symbol === endOfBlock ? 1 : 0)) throw new RangeError('a block is too long');
    if (runLength > 0) {
      next.fill(recent[0]!, byteLength, byteLength + runLength);
      counts[recent[0]!]! += runLength;
      byteLength += runLength;
      runLength = 0;
    }
    runUnit = 1;
    if (symbol === endOfBlock) break;
    const byte = recent[symbol - 1]!;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    next[byteLength++] = byte;
    counts[byte]!++;
  }
  if (start >= byteLength) throw new RangeError('a block begins outside itself');
  linkRows(next, byteLength, counts);
  return { next, byteLength, start: next[start]! >>> 8 };
}

/** Where each row's successor is: rows are sorted, so the n-th of a byte in the last column is its n-th in the first. */
function linkRows(next: Uint32Array, byteLength: number, counts: Uint32Array): void {
  const places = new Uint32Array(256);
  for (let byte = 1; byte < 256; byte++) places[byte] = places[byte - 1]! + counts[byte - 1]!;
  for (let row = 0; row < byteLength; row++) {
    const place = places[next[row]! & 0xff]!++;
    next[place] = (next[place]! | (row << 8)) >>> 0;
  }
}

/** Which bytes are in the block: a bit a group of 16, then a bit a byte. */
function readUsedBytes(reader: BitReader): number[] {
  const groups = reader.bits(16);
  const used: number[] = [];
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >>> group)) === 0) continue;
    const bytes = reader.bits(16);
    for (let index = 0; index < 16; index++) if ((bytes & (0x8000 >>> index)) !== 0) used.push(group * 16 + index);
  }
  if (used.length === 0) throw new RangeError('a block has no bytes');
  return used;
}

function readCodes(reader: BitReader, symbolCount: number): { codes: HuffmanCode[]; selectors: Uint8Array } {
  const codeCount = reader.bits(3);
  const selectorCount = reader.bits(15);
  if (codeCount < 2 || codeCount > 6 || selectorCount === 0) throw new RangeError('a block has no codes');
  const recent = Array.from({ length: codeCount }, (_, index) => index);
  const selectors = new Uint8Array(selectorCount);
  for (let index = 0; index < selectorCount; index++) {
    let place = 0;
    while (reader.bit() === 1) if (++place >= codeCount) throw new RangeError('a code is chosen that is not there');
    recent.unshift(...recent.splice(place, 1));
    selectors[index] = recent[0]!;
  }
  const codes = Array.from({ length: codeCount }, () => new HuffmanCode(readCodeLengths(reader, symbolCount)));
  return { codes, selectors };
}

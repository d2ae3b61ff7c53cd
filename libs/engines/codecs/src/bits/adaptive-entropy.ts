import { TesseraError } from '@tessera/domain';
import { BitReader } from './bit-reader.ts';

/** How samples were encoded (CCSDS 121.0-B-3, "Lossless Data Compression"). */
export interface AdaptiveEntropy {
  /** Up to 32. */
  readonly bitsPerSample: number;
  readonly samplesPerBlock: number;
  /** Blocks between two samples that are kept as they are. */
  readonly blocksPerInterval: number;
  /** Samples are told by their difference from the one before. */
  readonly isPreprocessed: boolean;
}

/** Zero blocks are counted in segments of this many blocks; this code says "to the end of the segment". */
const blocksPerSegment = 64;
const endOfSegment = 5;
/** The greatest sum code of a pair in the second extension that an encoder would choose. */
const maxPairCode = 90;

type Samples = Uint8Array | Uint16Array | Uint32Array;

/** Fills `samples`. @throws TesseraError gone if the bytes are damaged. */
export function decodeAdaptiveEntropy(bytes: Uint8Array, byteOffset: number, coding: AdaptiveEntropy, samples: Samples): void {
  const { bitsPerSample, samplesPerBlock, blocksPerInterval, isPreprocessed } = coding;
  const reader = new BitReader(bytes, 'szip', byteOffset);
  const idBits = bitsPerSample > 16 ? 5 : bitsPerSample > 8 ? 4 : 3;
  const uncompressed = 2 ** idBits - 1;
  const intervalLength = samplesPerBlock * blocksPerInterval;
  for (let start = 0; start < samples.length; start += intervalLength) {
    const interval = samples.subarray(start, start + intervalLength) as Samples;
    for (let block = 0; block * samplesPerBlock < interval.length;) {
      const target = interval.subarray(block * samplesPerBlock, (block + 1) * samplesPerBlock) as Samples;
      const hasReference = isPreprocessed && block === 0;
      const id = reader.read(idBits);
      if (id === 0) block += readLowEntropy(reader, coding, interval, block, hasReference);
      else if (id === uncompressed) block += readRaw(reader, bitsPerSample, target, samplesPerBlock);
      else block += readSplit(reader, bitsPerSample, id - 1, target, samplesPerBlock, hasReference);
    }
    if (isPreprocessed) undoDifferences(interval, bitsPerSample);
  }
}

// Each of these reads one block (or several, without samples) and returns how many. The last block of all may be cut.

function readRaw(reader: BitReader, bits: number, target: Samples, count: number): number {
  for (let index = 0; index < count; index++) target[index] = reader.read(bits);
  return 1;
}

/** Sample by sample the high bits in unary, then all the low ones. */
function readSplit(reader: BitReader, bits: number, lowBits: number, target: Samples, count: number, hasReference: boolean): number {
  const first = hasReference ? 1 : 0;
  if (hasReference) target[0] = reader.read(bits);
  const high = new Uint32Array(count);
  for (let index = first; index < count; index++) high[index] = reader.readUnary();
  for (let index = first; index < count; index++) target[index] = high[index]! * 2 ** lowBits + reader.read(lowBits);
  return 1;
}

function readLowEntropy(reader: BitReader, { bitsPerSample, samplesPerBlock, blocksPerInterval }: AdaptiveEntropy, interval: Samples, block: number, hasReference: boolean): number {
  const isPairs = reader.read(1) === 1;
  const start = block * samplesPerBlock;
  if (hasReference) interval[start] = reader.read(bitsPerSample);
  if (isPairs) {
    readPairs(reader, interval.subarray(start, start + samplesPerBlock) as Samples, samplesPerBlock, hasReference);
    return 1;
  }
  const code = reader.readUnary() + 1;
  const count = code === endOfSegment ? Math.min(blocksPerInterval - block, blocksPerSegment - (block % blocksPerSegment)) : code > endOfSegment ? code - 1 : code;
  if (block + count > blocksPerInterval) throw damaged();
  interval.fill(0, start + (hasReference ? 1 : 0), start + count * samplesPerBlock);
  return count;
}

/** "Second extension": one code for two samples a, b: (a + b)(a + b + 1) / 2 + b. */
function readPairs(reader: BitReader, target: Samples, count: number, hasReference: boolean): void {
  for (let index = 0; index < count; index += 2) {
    const code = reader.readUnary();
    if (code > maxPairCode) throw damaged();
    const sum = Math.floor((Math.sqrt(8 * code + 1) - 1) / 2);
    const second = code - (sum * (sum + 1)) / 2;
    if (index > 0 || !hasReference) target[index] = sum - second;
    target[index + 1] = second;
  }
}

/** Differences are numbered outwards from 0, first both ways, then the one that has room left. */
function undoDifferences(interval: Samples, bits: number): void {
  const most = 2 ** bits - 1;
  let last = interval[0]!;
  for (let index = 1; index < interval.length; index++) {
    const mapped = interval[index]!;
    const room = Math.min(last, most - last);
    if (mapped <= 2 * room) last += mapped % 2 === 0 ? mapped / 2 : -(mapped + 1) / 2;
    else last = last <= most - last ? mapped : most - mapped;
    interval[index] = last;
  }
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (szip): it is damaged.', { codec: 'szip' });
}

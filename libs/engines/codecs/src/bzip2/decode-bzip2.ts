import { BitReader } from './bit-reader.ts';
import { readBlock, type TransformedBlock } from './decode-block.ts';

const blockMark = [0x314159, 0x265359];
const endMark = [0x177245, 0x385090];

/** bzip2 as it is written by its library, several streams after each other included. @throws RangeError if it is damaged or gives more than `maxByteLength` bytes. */
export function decodeBzip2(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const reader = new BitReader(bytes);
  const output = { bytes: new Uint8Array(maxByteLength), byteLength: 0 };
  do readStream(reader, output);
  while (reader.goToNextByte());
  return output.bytes.subarray(0, output.byteLength);
}

interface Output {
  readonly bytes: Uint8Array;
  byteLength: number;
}

function readStream(reader: BitReader, output: Output): void {
  const level = reader.bits(24) === 0x425a68 ? reader.bits(8) - 0x30 : 0;
  if (level < 1 || level > 9) throw new RangeError('it does not begin as bzip2 does');
  for (;;) {
    const mark = [reader.bits(24), reader.bits(24)];
    const checksum = reader.u32();
    if (mark[0] === endMark[0] && mark[1] === endMark[1]) return;
    if (mark[0] !== blockMark[0] || mark[1] !== blockMark[1]) throw new RangeError('a block does not begin as blocks do');
    const from = output.byteLength;
    expandRuns(readBlock(reader, level * 100_000), output);
    if (crcOf(output.bytes.subarray(from, output.byteLength)) !== checksum) throw new RangeError('the checksum of a block is wrong');
  }
}

/** After four equal bytes comes how many more there are. */
function expandRuns({ next, byteLength, start }: TransformedBlock, output: Output): void {
  const { bytes } = output;
  let row = start;
  let equal = 0;
  let last = -1;
  for (let count = 0; count < byteLength; count++) {
    const entry = next[row]!;
    const byte = entry & 0xff;
    row = entry >>> 8;
    const copies = equal === 4 ? byte : 1;
    const value = equal === 4 ? last : byte;
    if (output.byteLength + copies > bytes.byteLength) throw new RangeError('it gives more bytes than it should');
    bytes.fill(value, output.byteLength, output.byteLength + copies);
    output.byteLength += copies;
    equal = equal === 4 ? 0 : byte === last ? equal + 1 : 1;
    last = equal === 0 ? -1 : byte;
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** CRC-32 with the most significant bit first. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = ((crc << 8) ^ crcTable[((crc >>> 24) ^ byte) & 0xff]!) >>> 0;
  return ~crc >>> 0;
}

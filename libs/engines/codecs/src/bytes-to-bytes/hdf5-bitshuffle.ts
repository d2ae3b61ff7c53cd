import { zstdDecompressSync } from 'node:zlib';
import { TesseraError, type Codec } from '@tessera/domain';
import { decodeLz4Block } from '../blosc/decode-blosc.ts';
import { unshuffleBits } from '../blosc/unshuffle.ts';
import { maxCompressedByteLength } from './deflate.ts';

const headerByteLength = 12;
/** Blocks are of a multiple of this many elements; what is left over at the end is not shuffled. */
const elementsTogether = 8;
/** What the bitshuffle library chooses where the block size is 0. */
const defaultBlockByteLength = 8192;
const minDefaultElements = 128;

type Decompress = (bytes: Uint8Array, byteLength: number) => Uint8Array;

const decompressors: Readonly<Record<string, Decompress | undefined>> = {
  lz4: decodeLz4Block,
  zstd: (bytes, byteLength) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(byteLength, 1) }),
};

/**
 * HDF5's filter 32008: blocks of elements whose bits are transposed, each then
 * compressed by `compressor` (`lz4`, `zstd` or `none`). Compressed data begin with their
 * decoded length (u64) and block length (u32), and each block with its encoded length (u32), all big-endian.
 */
export const hdf5BitshuffleCodec: Codec = {
  name: 'hdf5_bitshuffle',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const { elementsize, blocksize = 0, compressor = 'none' } = configuration;
    const isSound = Number.isSafeInteger(elementsize) && (elementsize as number) > 0 && Number.isSafeInteger(blocksize) && (blocksize as number) >= 0;
    if (!isSound) throw new TesseraError('invalid_argument', 'The codec "hdf5_bitshuffle" needs an "elementsize" and a "blocksize".');
    const decompress = decompressors[String(compressor)];
    if (compressor !== 'none' && !decompress) throw new TesseraError('invalid_argument', `The codec "hdf5_bitshuffle" has no compressor ${JSON.stringify(compressor)}.`);
    const size = elementsize as number;
    return {
      decode: (bytes) => (decompress ? decodeCompressed(bytes, size, decompress, maxByteLength) : decodePlain(bytes, size, blocksize as number, maxByteLength)),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};

function decodePlain(bytes: Uint8Array, elementByteLength: number, blockElements: number, maxByteLength: number): Uint8Array {
  if (bytes.byteLength > maxByteLength) throw damaged();
  const usual = Math.max(Math.floor(defaultBlockByteLength / elementByteLength / elementsTogether) * elementsTogether, minDefaultElements);
  let from = 0;
  return decodeBlocks(bytes.byteLength, elementByteLength, (blockElements || usual) * elementByteLength, (byteLength) => {
    from += byteLength;
    return bytes.subarray(from - byteLength, from);
  }, (byteLength) => bytes.subarray(from, from + byteLength));
}

function decodeCompressed(bytes: Uint8Array, elementByteLength: number, decompress: Decompress, maxByteLength: number): Uint8Array {
  if (bytes.byteLength < headerByteLength) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  if (total > maxByteLength) throw damaged();
  let from = headerByteLength;
  return decodeBlocks(total, elementByteLength, view.getUint32(8), (byteLength) => {
    if (from + 4 > bytes.byteLength) throw damaged();
    const encoded = bytes.subarray(from + 4, from + 4 + view.getUint32(from));
    from += 4 + encoded.byteLength;
    return decompress(encoded, byteLength);
  }, (byteLength) => bytes.subarray(from, from + byteLength));
}

/** `nextBlock` gives a shuffled block, `rest` the bytes at the end that are stored as they are. */
function decodeBlocks(byteLength: number, elementByteLength: number, blockByteLength: number, nextBlock: (byteLength: number) => Uint8Array, rest: (byteLength: number) => Uint8Array): Uint8Array {
  const together = elementsTogether * elementByteLength;
  if (blockByteLength === 0 || blockByteLength % together !== 0) throw damaged();
  const result = new Uint8Array(byteLength);
  const shuffledByteLength = Math.floor(byteLength / together) * together;
  for (let to = 0; to < shuffledByteLength; to += blockByteLength) {
    const expected = Math.min(blockByteLength, shuffledByteLength - to);
    const block = nextBlock(expected);
    if (block.byteLength !== expected) throw damaged();
    unshuffleBits(block, result.subarray(to, to + expected), elementByteLength);
  }
  const tail = rest(byteLength - shuffledByteLength);
  if (tail.byteLength !== byteLength - shuffledByteLength) throw damaged();
  result.set(tail, shuffledByteLength);
  return result;
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (hdf5_bitshuffle): it is damaged.', { codec: 'hdf5_bitshuffle' });
}

// PNG (ISO/IEC 15948, third edition) as pixels come to hand. A general encoder spends most of its time on looking for
// repeated runs that measured data have not: run lengths and Huffman codes take half the time and are no larger.
import { constants, crc32, createDeflate, type Deflate } from 'node:zlib';
import { giveBackScratch, lendScratch } from './scratch.ts';

export interface PngPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** Rows of pixels, 8 bits a channel. */
  readonly bytes: Uint8Array;
  /** Red, green, blue of each value, for pictures of one channel. */
  readonly palette?: Uint8Array | undefined;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Rows handed to the compressor at a time have about this many bytes. */
const stripByteLength = 256 * 1024;
/** Rows looked at to choose a filter. */
const sampledRowCount = 24;

/** Row filters (section 9.2): the byte as it is, or its difference from the one before, or above. */
const filters = { none: 0, sub: 1, up: 2 } as const;
type Filter = keyof typeof filters;

/** The file, front to back; compressed off the event loop. */
export async function* writePng(pixels: PngPixels): AsyncGenerator<Uint8Array> {
  const { width, height, channels, palette } = pixels;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, channels === 4 ? 6 : channels === 3 ? 2 : palette ? 3 : 0);
  yield Buffer.concat([signature, chunk('IHDR', new Uint8Array(header.buffer)), ...(palette ? [chunk('PLTE', palette)] : [])]);
  const deflate = createDeflate({ level: 1, strategy: constants.Z_RLE, chunkSize: 64 * 1024 });
  const fed = feed(deflate, pixels);
  // What stands between the data of two chunks goes out in one piece; the data themselves are not copied.
  let between: Uint8Array = new Uint8Array();
  try {
    for await (const piece of deflate as AsyncIterable<Uint8Array>) {
      yield Buffer.concat([between, head('IDAT', piece.byteLength)]);
      yield piece;
      between = checksum('IDAT', piece);
    }
  } finally {
    deflate.destroy();
    await fed;
  }
  yield Buffer.concat([between, chunk('IEND', new Uint8Array())]);
}

/** Length, type, data, and the checksum of the two (section 5.3). */
function chunk(type: string, data: Uint8Array): Uint8Array {
  return Buffer.concat([head(type, data.byteLength), data, checksum(type, data)]);
}

function head(type: string, byteLength: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(byteLength, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

function checksum(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(crc32(data, crc32(type)), 0);
  return bytes;
}

/** Filtered rows, no faster than they are taken. Ends quietly if nobody takes them any more. */
async function feed(deflate: Deflate, pixels: PngPixels): Promise<void> {
  const { width, height, channels } = pixels;
  const rowByteLength = width * channels;
  const filter = chooseFilter(pixels);
  const rowsAtOnce = Math.min(height, Math.max(1, Math.floor(stripByteLength / (rowByteLength + 1))));
  const strip = new Uint8Array(lendScratch(rowsAtOnce * (rowByteLength + 1)));
  try {
    for (let row = 0; row < height && !deflate.destroyed; row += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, height - row);
      for (let index = 0; index < count; index++) filterRow(pixels, row + index, filter, strip.subarray(index * (rowByteLength + 1), (index + 1) * (rowByteLength + 1)));
      // The strip is written anew when it was taken; a compressor that was destroyed says so too.
      await new Promise<void>((resolve) => deflate.write(strip.subarray(0, count * (rowByteLength + 1)), () => resolve()));
    }
    // One that was destroyed may still look at its last strip.
    if (!deflate.destroyed) giveBackScratch(strip.buffer);
    deflate.end();
  } catch (error) {
    deflate.destroy(error as Error);
  }
}

function filterRow({ bytes, width, channels }: PngPixels, row: number, filter: Filter, target: Uint8Array): void {
  const length = width * channels;
  const start = row * length;
  target[0] = filters[filter];
  if (filter === 'none') {
    target.set(bytes.subarray(start, start + length), 1);
  } else if (filter === 'sub') {
    for (let i = 0; i < length; i++) target[i + 1] = bytes[start + i]! - (i < channels ? 0 : bytes[start + i - channels]!);
  } else {
    for (let i = 0; i < length; i++) target[i + 1] = bytes[start + i]! - (row === 0 ? 0 : bytes[start + i - length]!);
  }
}

/** The filter that leaves the fewest bits in some rows, by the entropy of what comes out, runs counted once. */
function chooseFilter(pixels: PngPixels): Filter {
  const { width, height, channels } = pixels;
  const length = width * channels;
  const row = new Uint8Array(length + 1);
  const step = Math.max(1, Math.floor(height / sampledRowCount));
  let best: Filter = 'none';
  let fewestBits = Infinity;
  for (const filter of Object.keys(filters) as Filter[]) {
    const counts = new Uint32Array(256);
    for (let at = 0; at < height; at += step) {
      filterRow(pixels, at, filter, row);
      // Four alike in a row are a run: what follows costs next to nothing.
      for (let i = 1; i <= length; i++) if (i < 5 || row[i] !== row[i - 1] || row[i] !== row[i - 2] || row[i] !== row[i - 3] || row[i] !== row[i - 4]) counts[row[i]!]!++;
    }
    const bits = entropyBits(counts);
    if (bits < fewestBits) {
      fewestBits = bits;
      best = filter;
    }
  }
  return best;
}

function entropyBits(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((bits, count) => (count === 0 ? bits : bits + count * Math.log2(total / count)), 0);
}

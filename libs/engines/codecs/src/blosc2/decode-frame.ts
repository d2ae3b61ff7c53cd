import { elementCount } from '@tessera/domain';
import { copyBlocks } from './copy-blocks.ts';
import { damaged, decodeBlosc2Chunk, specialValues } from './decode-chunk.ts';
import { readMetalayer, type ArrayLayout } from './metalayers.ts';

// A contiguous frame (c-blosc2, README_CFRAME_FORMAT.rst): a header in MessagePack, whose numbers are big-endian, chunks one
// after the other, a chunk of their offsets, and a trailer, which is not needed here.
const magic = 'b2frame\0';
const at = { magic: 2, headerByteLength: 11, decodedByteLength: 30, encodedByteLength: 39, typesize: 48, chunkByteLength: 58 } as const;
const minHeaderByteLength = 87;
/** Padding of the chunks of an array to whole blocks may make it longer. */
const maxPadding = 16;
const maxDecodedByteLength = 2 ** 31;

/** @throws TesseraError gone if the bytes are no sound frame, or hold more than `maxByteLength` bytes. */
export function decodeBlosc2Frame(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < minHeaderByteLength || Buffer.from(bytes.buffer, bytes.byteOffset + at.magic, magic.length).toString('latin1') !== magic) throw damaged('it is no frame');
  const headerByteLength = view.getUint32(at.headerByteLength);
  const byteLength = Number(view.getBigInt64(at.decodedByteLength));
  const encodedByteLength = Number(view.getBigInt64(at.encodedByteLength));
  const chunkByteLength = view.getUint32(at.chunkByteLength);
  const typesize = view.getUint32(at.typesize);
  const limit = Math.min(maxByteLength * maxPadding, maxDecodedByteLength);
  if (!(byteLength >= 0 && byteLength <= limit)) throw damaged(`it claims ${byteLength} bytes, it should have at most ${maxByteLength}`);
  if (headerByteLength < minHeaderByteLength || headerByteLength > bytes.byteLength || encodedByteLength < 0) throw damaged('its header makes no sense');
  if (byteLength > 0 && chunkByteLength === 0) throw damaged('its chunks have different lengths');
  const layout = readMetalayer(bytes.subarray(0, headerByteLength));
  const decoded = decodeChunks(bytes.subarray(headerByteLength), { byteLength, chunkByteLength, encodedByteLength, typesize });
  if (!layout) return checked(decoded, maxByteLength);
  return fromBlocks(decoded, layout, typesize, maxByteLength);
}

interface Chunks {
  readonly byteLength: number;
  readonly chunkByteLength: number;
  readonly encodedByteLength: number;
  readonly typesize: number;
}

function decodeChunks(body: Uint8Array, { byteLength, chunkByteLength, encodedByteLength, typesize }: Chunks): Uint8Array {
  if (byteLength === 0) return new Uint8Array();
  const count = Math.ceil(byteLength / chunkByteLength);
  const index = decodeBlosc2Chunk(body.subarray(encodedByteLength), count * 8);
  if (index.byteLength !== count * 8) throw damaged('its list of chunks has the wrong length');
  const offsets = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const result = count === 1 ? undefined : Buffer.allocUnsafeSlow(byteLength);
  for (let chunk = 0; chunk < count; chunk++) {
    const expected = Math.min(chunkByteLength, byteLength - chunk * chunkByteLength);
    const offset = offsets.getBigInt64(chunk * 8, true);
    // Chunks of one value have no bytes: the highest byte of the offset says which, with its own highest bit set.
    const decoded = offset < 0 ? specialValues(Number((offset >> 56n) & 7n), typesize, expected, new Uint8Array()) : decodeBlosc2Chunk(body.subarray(Number(offset)), expected);
    if (decoded.byteLength !== expected) throw damaged('a chunk has the wrong length');
    if (!result) return decoded;
    result.set(decoded, chunk * chunkByteLength);
  }
  return result!;
}

/** Of an n-dimensional array, the chunks of which hold blocks one after the other, filled up at the edges. */
function fromBlocks(decoded: Uint8Array, { shape, chunkShape, blockShape }: ArrayLayout, typesize: number, maxByteLength: number): Uint8Array {
  const byteLength = elementCount(shape) * typesize;
  if (byteLength > maxByteLength) throw damaged(`it claims ${byteLength} bytes, it should have at most ${maxByteLength}`);
  const paddedShape = chunkShape.map((length, axis) => Math.ceil(length / blockShape[axis]!) * blockShape[axis]!);
  const chunkCounts = shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
  if (elementCount(chunkCounts) * elementCount(paddedShape) * typesize !== decoded.byteLength) throw damaged('its array and its chunks have different lengths');
  return copyBlocks(decoded, { shape, chunkShape, blockShape }, typesize);
}

function checked(decoded: Uint8Array, maxByteLength: number): Uint8Array {
  if (decoded.byteLength > maxByteLength) throw damaged(`it has ${decoded.byteLength} bytes, it should have at most ${maxByteLength}`);
  return decoded;
}

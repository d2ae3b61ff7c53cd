import { createPipeline } from '@tessera/codecs';
import { TesseraError, chunkOriginAt, chunkShapeAt, elementCount, gridShape, locate, regularChunkShape, type ArrayManifest, type ByteStore, type CodecLoaders } from '@tessera/domain';

/** All elements of an array in C order, by its manifest, the codecs and range reads alone: slow, and too simple to be wrong. */
export async function readWhole(manifest: ArrayManifest, store: ByteStore, codecs: CodecLoaders): Promise<Uint8Array> {
  const { grid, edge, dataType: { itemsize } } = manifest;
  const counts = gridShape(grid);
  const whole = new Uint8Array(elementCount(grid.shape) * itemsize);
  for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) {
    const chunkIndex = unravel(ordinal, counts);
    const inside = chunkShapeAt(grid, chunkIndex);
    const stored = edge === 'padded' ? (regularChunkShape(grid) ?? inside) : inside;
    const chunk = await readChunk(manifest, chunkIndex, stored, store, codecs);
    const origin = chunkOriginAt(grid, chunkIndex);
    for (let element = 0; element < elementCount(inside); element++) {
      const place = unravel(element, inside);
      const from = ravel(place, stored) * itemsize;
      const value = chunk?.subarray(from, from + itemsize) ?? manifest.fillValue;
      if (value) whole.set(value, ravel(place.map((at, axis) => at + origin[axis]!), grid.shape) * itemsize);
    }
  }
  return whole;
}

/** One chunk, decoded; undefined if it was never written. */
async function readChunk(manifest: ArrayManifest, chunkIndex: readonly number[], shape: readonly number[], store: ByteStore, codecs: CodecLoaders): Promise<Uint8Array | undefined> {
  const ref = locate(manifest, chunkIndex);
  if (!ref) return undefined;
  const { dataType, fillValue } = manifest;
  const pipeline = await createPipeline(manifest.codecs, { shape, dataType, store, codecs, ...(fillValue ? { fillValue } : {}) });
  if (ref.kind === 'range' && ref.byteLength > pipeline.maxEncodedByteLength) throw new TesseraError('gone', 'More bytes are stored for a chunk than it can have.');
  const bytes = ref.kind === 'inline' ? ref.bytes : await store.read(ref.uri, ref.kind === 'range' ? { byteOffset: ref.byteOffset, byteLength: ref.byteLength } : undefined);
  if (!bytes) return undefined;
  if (ref.kind === 'range' && bytes.byteLength < ref.byteLength) throw new TesseraError('gone', 'The file is cut short.');
  return pipeline.decode(bytes, ref.kind === 'range' && ref.codecMask !== undefined ? { codecMask: ref.codecMask } : {});
}

const ravel = (index: readonly number[], shape: readonly number[]): number => index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);

function unravel(ordinal: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1, rest = ordinal; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

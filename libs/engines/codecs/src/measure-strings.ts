import { TesseraError, elementCount, gridShape, locate, regularChunkShape, type ArrayManifest, type ByteStore, type Call, type CodecLoaders } from '@tessera/domain';
import { variableLengthItems } from './array-to-bytes/variable-length.ts';
import { createBytesDecoder } from './pipeline.ts';

const variableLengthCodecs = ['vlen-utf8', 'vlen-bytes'];

/** Whether the width of the data type is not known yet because the array holds strings of variable length. */
export function needsMeasuring(manifest: ArrayManifest): boolean {
  return manifest.dataType.itemsize === 0 && manifest.codecs.some((codec) => variableLengthCodecs.includes(codec.name));
}

/**
 * The same manifest with a data type just wide enough for every string of the array, found by
 * reading all chunks. @throws TesseraError gone if they are damaged or take more than `byteLimit` bytes.
 */
export async function measureStrings(manifest: ArrayManifest, store: ByteStore, byteLimit: number, call?: Call, codecs?: CodecLoaders): Promise<ArrayManifest> {
  const at = manifest.codecs.findIndex((codec) => variableLengthCodecs.includes(codec.name));
  const { name } = manifest.codecs[at]!;
  const decode = await createBytesDecoder(manifest.codecs.slice(at + 1), byteLimit, codecs);
  const itemCount = elementCount(regularChunkShape(manifest.grid) ?? []);
  const unitByteLength = manifest.dataType.kind === 'U' ? 4 : 1;
  let width = Math.max(1, (manifest.fillValue?.byteLength ?? 0) / unitByteLength);
  let left = byteLimit;
  for (const chunkIndex of chunkIndices(manifest)) {
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
    const ref = locate(manifest, chunkIndex);
    if (ref?.kind !== 'object') continue;
    const bytes = await store.read(ref.uri, { byteOffset: 0, byteLength: left + 1 }, call);
    if (!bytes) continue;
    const decoded = bytes.byteLength > left ? undefined : await decode(bytes, call);
    left -= decoded?.byteLength ?? Infinity;
    if (!decoded || left < 0) throw new TesseraError('gone', `The strings of this array take more than ${byteLimit} bytes: too many to find the longest. Store them with a fixed width.`);
    for (const item of variableLengthItems(decoded, itemCount, name)) width = Math.max(width, unitByteLength === 4 ? characterCount(item) : item.byteLength);
  }
  return withWidth(manifest, width * unitByteLength);
}

/** Most chunks that are looked at: each costs a request, whatever its size. */
const chunkLimit = 100_000;

function* chunkIndices({ grid }: ArrayManifest): Generator<number[]> {
  const counts = gridShape(grid);
  const total = elementCount(counts);
  if (total > chunkLimit) throw new TesseraError('gone', `The strings of this array lie in ${total} chunks: too many to find the longest. Store them with a fixed width.`);
  const cursor = counts.map(() => 0);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    yield [...cursor];
    for (let axis = counts.length - 1; axis >= 0 && ++cursor[axis]! === counts[axis]!; axis--) cursor[axis] = 0;
  }
}

/** Characters of UTF-8: bytes that do not continue one. */
function characterCount(item: Uint8Array): number {
  let count = 0;
  for (const byte of item) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

function withWidth(manifest: ArrayManifest, itemsize: number): ArrayManifest {
  const dataType = { ...manifest.dataType, itemsize } as ArrayManifest['dataType'];
  if (!manifest.fillValue) return { ...manifest, dataType };
  const fillValue = new Uint8Array(itemsize);
  fillValue.set(manifest.fillValue);
  return { ...manifest, dataType, fillValue };
}

import {
  TesseraError, elementCount, gridShape, isChunkInGrid, regularChunkShape,
  type ByteRange, type Call, type Entry, type Snapshot, type VersionedByteStore,
} from '@tessera/domain';
import { sparseImageFile, sparseImageObject } from './demo-sparse.ts';
import { demoTables, tableObject } from './demo-tables.ts';
import { madeArrays, type MadeArray } from './made-arrays.ts';

/** URI of what the demo keeps at a path. */
export const demoUri = (path: string): string => `demo:/${path}`;

/** How the chunks of made arrays are named, as in Zarr v3. */
export const chunkKeys = { keyPrefix: 'c/', separator: '/', scalarKey: 'c' } as const;

/** Elements made between two turns for other work. */
const stretchLength = 1 << 18;

/** A store that has nothing: it makes the bytes of the demo when they are read, those of a range only. */
export function demoStore(): VersionedByteStore {
  return { read: readObject, readSnapshot, stat: entryOf, list: listEntries };
}

/** Without a version: what is made may be another thing each time. */
async function readSnapshot(uri: string, range?: ByteRange, call?: Call): Promise<Snapshot | undefined> {
  const [bytes, entry] = await Promise.all([readObject(uri, range, call), entryOf(uri)]);
  return bytes && entry && { bytes, entry };
}

async function readObject(uri: string, range?: ByteRange, call?: Call): Promise<Uint8Array | undefined> {
  const found = await objectAt(uri);
  if (!found) return undefined;
  const start = Math.min(range?.byteOffset ?? 0, found.byteLength);
  const end = Math.min(start + (range?.byteLength ?? Infinity), found.byteLength);
  if (!(start >= 0 && end >= start)) throw new TesseraError('invalid_argument', 'A byte range must start at a whole number of bytes.');
  return found.read(start, end, call);
}

interface DemoObject {
  readonly byteLength: number;
  read(start: number, end: number, call: Call | undefined): Promise<Uint8Array> | Uint8Array;
}

async function objectAt(uri: string): Promise<DemoObject | undefined> {
  const path = /^demo:\/(.+)$/.exec(uri)?.[1];
  if (path === undefined) return undefined;
  const file = await (path === sparseImageObject ? sparseImageFile() : tableObject(path));
  if (file) return { byteLength: file.byteLength, read: (start, end) => file.subarray(start, end) };
  const [, arrayPath, key] = /^(.+?)\/c((?:\/\d{1,9})*)$/.exec(path) ?? [];
  const array = madeArrays.get(arrayPath ?? '');
  const chunkIndex = (key ?? '').split('/').slice(1).map(Number);
  if (!array || !isChunkInGrid(array.grid, chunkIndex) || key !== chunkIndex.map((index) => `/${index}`).join('')) return undefined;
  const byteLength = elementCount(regularChunkShape(array.grid)!) * array.dataType.itemsize;
  return { byteLength, read: (start, end, call) => makeBytes(array, path, start, end, call) };
}

/** Bytes `start` to `end` of a chunk. */
async function makeBytes(array: MadeArray, chunkName: string, start: number, end: number, call: Call | undefined): Promise<Uint8Array> {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
  const { itemsize } = array.dataType;
  const first = Math.floor(start / itemsize);
  const last = Math.ceil(end / itemsize);
  const bytes = new Uint8Array((last - first) * itemsize);
  for (let element = first; element < last; element += stretchLength) {
    const count = Math.min(stretchLength, last - element);
    const values = array.make(chunkName, element, count);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), (element - first) * itemsize);
    if (element + count < last) await new Promise((resolve) => setImmediate(resolve));
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
  }
  return bytes.subarray(start - first * itemsize, end - first * itemsize);
}

async function entryOf(uri: string): Promise<Entry | undefined> {
  const found = await objectAt(uri);
  if (found) return { uri, isDirectory: false, byteLength: found.byteLength };
  const prefix = uri.endsWith('/') ? uri : `${uri}/`;
  for (const object of objectUris()) if (object.startsWith(prefix)) return { uri, isDirectory: true };
  return undefined;
}

async function* listEntries(uri: string): AsyncGenerator<Entry> {
  const prefix = uri.endsWith('/') ? uri : `${uri}/`;
  const children = new Set<string>();
  for (const object of objectUris()) if (object.startsWith(prefix)) children.add(object.slice(prefix.length).split('/', 1)[0]!);
  for (const child of [...children].sort()) yield (await entryOf(prefix + child))!;
}

function* objectUris(): Generator<string> {
  yield demoUri(sparseImageObject);
  for (const [path, { partitionCount }] of demoTables) {
    for (let partition = 0; partition < partitionCount; partition++) yield demoUri(`${path}/${partition}.arrow`);
  }
  for (const [path, { grid }] of madeArrays) {
    const counts = gridShape(grid);
    for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) yield demoUri(`${path}/${chunkKeys.keyPrefix}${indexAt(counts, ordinal).join(chunkKeys.separator)}`);
  }
}

function indexAt(counts: readonly number[], ordinal: number): number[] {
  const index: number[] = [];
  for (let axis = counts.length - 1; axis >= 0; axis--) {
    index.unshift(ordinal % counts[axis]!);
    ordinal = Math.floor(ordinal / counts[axis]!);
  }
  return index;
}

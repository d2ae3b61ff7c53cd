// What h5py read from the fixtures equals what manifest, byte ranges and codecs give.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createPipeline } from '@tessera/codecs';
import {
  chunkOriginAt, chunkShapeAt, decodeManifest, elementCount, encodeManifest, gridShape, locate, type ArrayManifest, type IndexedNode,
} from '@tessera/domain';
import { formats } from '@tessera/formats';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';

interface ExpectedNode {
  readonly problem?: boolean;
  readonly dtype?: unknown;
  readonly base64?: string;
  readonly sha256?: string;
}

const expected = JSON.parse(readFileSync(new URL('../../fixtures/hdf5/expected.json', import.meta.url), 'utf8')) as Record<string, Record<string, ExpectedNode>>;

async function indexed(file: string): Promise<IndexedNode[]> {
  const hdf5 = await formats.get('hdf5')!();
  const entry = await store.stat(fixtureUri(`hdf5/${file}`));
  return Array.fromAsync(hdf5.index(entry!, { ...store, stat: (uri) => store.stat(uri).catch(() => undefined) }, {}));
}

/** The whole array, chunk by chunk, without any of the reader's cleverness. */
async function readWhole(manifest: ArrayManifest): Promise<Uint8Array> {
  const { grid, edge, dataType, fillValue } = manifest;
  const result = new Uint8Array(elementCount(grid.shape) * dataType.itemsize);
  const counts = gridShape(grid);
  for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) {
    const chunkIndex = unravel(ordinal, counts);
    const inside = chunkShapeAt(grid, chunkIndex);
    const stored = edge === 'padded' ? (grid.chunks as readonly number[]) : inside;
    const chunk = await readChunk(manifest, chunkIndex, stored);
    const origin = chunkOriginAt(grid, chunkIndex);
    for (let element = 0; element < elementCount(inside); element++) {
      const place = unravel(element, inside);
      const from = place.reduce((flat, at, axis) => flat * stored[axis]! + at, 0) * dataType.itemsize;
      const to = place.reduce((flat, at, axis) => flat * grid.shape[axis]! + origin[axis]! + at, 0) * dataType.itemsize;
      const value = chunk?.subarray(from, from + dataType.itemsize) ?? fillValue;
      if (value) result.set(value, to);
    }
  }
  return result;
}

async function readChunk(manifest: ArrayManifest, chunkIndex: readonly number[], shape: readonly number[]): Promise<Uint8Array | undefined> {
  const ref = locate(manifest, chunkIndex);
  if (!ref) return undefined;
  const bytes = ref.kind === 'inline' ? ref.bytes : await store.read(ref.uri, ref.kind === 'range' ? ref : undefined);
  const pipeline = await createPipeline(manifest.codecs, { shape, dataType: manifest.dataType, store });
  return pipeline.decode(bytes!, ref.kind === 'range' && ref.codecMask !== undefined ? { codecMask: ref.codecMask } : {});
}

function unravel(ordinal: number, counts: readonly number[]): number[] {
  const index = counts.map(() => 0);
  for (let axis = counts.length - 1, rest = ordinal; axis >= 0; axis--) {
    index[axis] = rest % counts[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  return index;
}

describe.each(Object.keys(expected))('%s', (file) => {
  it('has the values that h5py reads', async () => {
    const nodes = new Map((await indexed(file)).map((node) => [node.path.join('/'), node]));
    const wrong: string[] = [];
    let compared = 0;
    for (const [path, { problem, dtype, base64, sha256 }] of Object.entries(expected[file]!)) {
      if (problem || dtype === undefined) continue;
      const manifest = nodes.get(path)?.manifest as ArrayManifest | undefined;
      if (!manifest) {
        wrong.push(`${path}: ${nodes.get(path)?.problem}`);
        continue;
      }
      // As the reader gets it: stored and read back.
      const bytes = await readWhole(decodeManifest(encodeManifest(manifest)) as ArrayManifest);
      const isEqual = base64 === undefined ? createHash('sha256').update(bytes).digest('hex') === sha256 : Buffer.from(bytes).toString('base64') === base64;
      if (!isEqual) wrong.push(path);
      compared++;
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(2);
  });
});

// What h5py read from the fixtures equals what manifest, byte ranges and codecs give.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeManifest, encodeManifest, type ArrayManifest, type IndexedNode } from '@tessera/domain';
import { formats } from '@tessera/formats';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';
import { readWhole } from './read-whole.ts';

interface ExpectedNode {
  readonly problem?: boolean;
  readonly dtype?: unknown;
  readonly base64?: string;
  readonly sha256?: string;
}

const folders = ['hdf5', 'hdf5-filters', 'hdf5-virtual'];

function expectedIn(folder: string): [string, Record<string, ExpectedNode>][] {
  const files = JSON.parse(readFileSync(new URL(`../../fixtures/${folder}/expected.json`, import.meta.url), 'utf8')) as Record<string, Record<string, ExpectedNode>>;
  return Object.entries(files).map(([file, nodes]) => [`${folder}/${file}`, nodes]);
}

async function indexed(file: string): Promise<IndexedNode[]> {
  const hdf5 = await formats.get('hdf5')!();
  const entry = await store.stat(fixtureUri(file));
  return Array.fromAsync(hdf5.index(entry!, { ...store, stat: (uri) => store.stat(uri).catch(() => undefined) }, {}));
}

describe.each(folders.flatMap(expectedIn))('%s', (file, expected) => {
  it('has the values that h5py reads', async () => {
    const nodes = new Map((await indexed(file)).map((node) => [node.path.join('/'), node]));
    const wrong: string[] = [];
    let compared = 0;
    for (const [path, { problem, dtype, base64, sha256 }] of Object.entries(expected)) {
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
    expect(compared).toBeGreaterThan(1);
  });
});

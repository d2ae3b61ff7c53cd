// What Pillow and imagecodecs read from the fixtures equals what manifest, byte ranges and codecs give.
import { readFileSync } from 'node:fs';
import { decodeManifest, encodeManifest, formatDescr, type ArrayManifest } from '@tessera/domain';
import { formats, sniffFormat } from '@tessera/formats';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';
import { readWhole } from './read-whole.ts';

interface ExpectedImage {
  readonly dtype: string;
  readonly shape: number[];
  readonly base64: string;
}

const expected = JSON.parse(readFileSync(new URL('../../fixtures/image/expected.json', import.meta.url), 'utf8')) as Record<string, ExpectedImage>;

describe.each(Object.keys(expected))('%s', (file) => {
  it('has the values that the reference reads', async () => {
    const entry = (await store.stat(fixtureUri(`image/${file}`)))!;
    const format = await sniffFormat(entry, store, formats);
    expect(format!.name).toBe(file.endsWith('.png') ? 'png' : 'jpeg');
    const [node, ...others] = await Array.fromAsync(format!.index(entry, store, {}));
    expect(others).toEqual([]);
    expect(node!.dataSource).toMatchObject({ mediaType: file.endsWith('.png') ? 'image/png' : 'image/jpeg', assets: [{ isDirectory: false, parameter: 'data_uri', byteLength: entry.byteLength }] });
    // As the reader gets it: stored and read back.
    const manifest = decodeManifest(encodeManifest(node!.manifest!)) as ArrayManifest;
    const found = { dtype: formatDescr(manifest.dataType), shape: manifest.grid.shape, base64: Buffer.from(await readWhole(manifest)).toString('base64') };
    expect(found).toEqual(expected[file]);
  });
});

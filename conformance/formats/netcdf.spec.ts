// What xarray read from the fixtures equals what manifest, byte ranges and codecs give.
import { readFileSync } from 'node:fs';
import { decodeManifest, encodeManifest, formatDescr, type ArrayManifest } from '@tessera/domain';
import { formats } from '@tessera/formats';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';
import { readWhole } from './read-whole.ts';

interface ExpectedVariable {
  readonly dtype?: string;
  readonly base64?: string;
  readonly texts?: string[];
}
interface ExpectedDataset {
  readonly data_vars: Record<string, ExpectedVariable>;
  readonly coords: Record<string, ExpectedVariable>;
}

const expected = JSON.parse(readFileSync(new URL('../../fixtures/netcdf/expected.json', import.meta.url), 'utf8')) as Record<string, Record<string, ExpectedDataset>>;

/** Text of a fixed length, four bytes a character. */
function textsOf(bytes: Uint8Array, itemsize: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / itemsize }, (_, index) => {
    const points = Array.from({ length: itemsize / 4 }, (_unused, at) => view.getUint32(index * itemsize + at * 4, true));
    return String.fromCodePoint(...points.filter((point) => point !== 0));
  });
}

describe.each(Object.keys(expected))('%s', (file) => {
  it('has the values that xarray reads', async () => {
    const netcdf = await formats.get('netcdf')!();
    const nodes = await Array.fromAsync(netcdf.index((await store.stat(fixtureUri(`netcdf/${file}`)))!, store, {}));
    for (const [group, { data_vars, coords }] of Object.entries(expected[file]!)) {
      for (const [name, variable] of Object.entries({ ...data_vars, ...coords })) {
        const path = group === '' ? name : `${group}/${name}`;
        const manifest = nodes.find((node) => node.path.join('/') === path)?.manifest as ArrayManifest;
        // As the reader gets it: stored and read back.
        const bytes = await readWhole(decodeManifest(encodeManifest(manifest)) as ArrayManifest);
        const found = variable.texts ? { texts: textsOf(bytes, manifest.dataType.itemsize) } : { dtype: formatDescr(manifest.dataType), base64: Buffer.from(bytes).toString('base64') };
        expect({ path, ...found }).toEqual({ path, ...(variable.texts ? { texts: variable.texts } : { dtype: variable.dtype, base64: variable.base64 }) });
      }
    }
  });
});

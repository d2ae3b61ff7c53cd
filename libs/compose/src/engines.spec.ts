import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './config.ts';
import { loadEngines } from './engines.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-engines-'));
const configFile = join(folder, 'tessera.yaml');
const configured = (plugins: string[], environment = {}) => {
  writeFileSync(configFile, JSON.stringify({ plugins }));
  return loadConfig({}, configFile, environment);
};

describe('loadEngines', () => {
  it('finds plug-ins beside the configuration, and adds them to what is built in', async () => {
    mkdirSync(join(folder, 'plugin'));
    writeFileSync(join(folder, 'plugin/index.mjs'), `export const apiVersion = 1;
      export const register = ({ formats }) => formats.add({ name: 'raw', mediaTypes: ['application/x-raw'], sniff: () => false, async *index() {} });`);
    const { formats, codecs, mediaTypes } = await loadEngines(configured(['./plugin']), configFile);
    expect([...formats.keys()]).toEqual(expect.arrayContaining(['raw', 'hdf5', 'zarr', 'demo']));
    expect([codecs.has('gzip'), mediaTypes.byFamily.array.includes('image/png')]).toEqual([true, true]);
  });

  it('lists every problem as one of the configuration', async () => {
    const load = loadEngines(configured(['tessera-absent', './absent']), configFile);
    await expect(load).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(/^The configuration is not valid:\n {2}plugins\.0: "tessera-absent": .*\n {2}plugins\.1: ".\/absent": /) });
  });

  it('is told the plug-ins by the environment, too', () => {
    expect(configured([], { TESSERA_PLUGINS: '@acme/a, ./b' }).plugins).toEqual(['@acme/a', './b']);
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInMediaTypes, type Codec } from '@tessera/domain';
import { loadPlugins } from './load-plugins.ts';
import { threadCodecs } from './thread-codecs.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-threads-'));
const builtIn = { formats: new Map(), codecs: new Map(), arrayExporters: new Map(), mediaTypes: builtInMediaTypes, codecPlugins: [], pluginsVersion: '' };
const context = { shape: [3], dataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' }, maxByteLength: 3 } as const;

function write(name: string, decode: string, before = ''): void {
  writeFileSync(join(folder, `${name}.mjs`), `${before}
    export const apiVersion = 1;
    const codec = (name) => ({ name, kind: 'bytes-to-bytes', resolve: (c, { maxByteLength }) => ({ decode: (bytes) => { ${decode} }, maxEncodedByteLength: maxByteLength }) });
    export function register({ codecs }) { codecs.add(codec('${name}')); codecs.add(codec('${name}-too')); }`);
}

async function open(...names: string[]) {
  const { engines, problems } = await loadPlugins(builtIn, { names: names.map((name) => `./${name}.mjs`), folders: [folder], onFault: () => {} });
  expect(problems).toEqual([]);
  const faults: string[] = [];
  const loaders = threadCodecs(new Map<string, () => Promise<Codec>>(), engines.codecPlugins, (plugin, activity, error) => faults.push(`${plugin} ${activity} ${String(error)}`));
  return { engines, loaders, faults };
}

describe('codecs of plug-ins in a thread', () => {
  it('are loaded with the first chunk that needs one, and decode as in the main thread', async () => {
    write('double', 'return bytes.map((byte) => byte * 2);', 'globalThis.doubleLoadCount = (globalThis.doubleLoadCount ?? 0) + 1;');
    const { engines: { codecPlugins }, loaders } = await open('double');
    expect(codecPlugins).toEqual([{ plugin: './double.mjs', url: pathToFileURL(join(folder, 'double.mjs')).href, version: expect.stringMatching(/\+[0-9a-f]{12}$/), codecs: ['double', 'double-too'] }]);
    // In this test both are of one thread, which keeps its modules.
    expect((globalThis as { doubleLoadCount?: number }).doubleLoadCount).toBe(1);
    const codec = await loaders.get('double-too')!();
    expect(await codec.resolve({}, context).decode(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(2, 4, 6));
  });

  it('are guarded: what they throw is told, and an error of their own', async () => {
    write('thrower', 'throw new Error("the secret place is /srv");');
    write('talker', 'return new Uint8Array(99);');
    const { loaders, faults } = await open('thrower', 'talker');
    for (const name of ['thrower', 'talker']) {
      const codec = await loaders.get(name)!();
      expect(() => codec.resolve({}, context).decode(new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringMatching(`damaged, or the plug-in "./${name}.mjs" is`) }));
    }
    expect(faults).toEqual([expect.stringContaining('the secret place'), expect.stringContaining('99 bytes came out')]);
  });

  it('are not had of another version than the main thread has, and are looked for again', async () => {
    write('changing', 'return bytes;');
    const { loaders, faults } = await open('changing');
    write('changing', 'return bytes.map(() => 0);');
    await expect(loaders.get('changing')!()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/"\.\/changing\.mjs" could not be loaded.*log/) });
    expect(faults).toEqual([expect.stringMatching(/load in a codec thread.*restart it/)]);
    write('changing', 'return bytes;');
    expect(await loaders.get('changing')!()).toMatchObject({ name: 'changing' });
  });
});

describe('the version of plug-ins', () => {
  it('is that of the next package.json and of the module: another one as soon as either changes', async () => {
    write('versioned', 'return bytes;');
    const versions = new Set<string>();
    const note = async () => versions.add((await open('versioned')).engines.pluginsVersion);
    await note();
    await note();
    expect([...versions]).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    for (const version of ['1.0.0', '1.0.1', 7]) {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
      await note();
    }
    // No number is a version.
    expect(versions.size).toBe(3);
    writeFileSync(join(folder, 'package.json'), 'no JSON');
    await note();
    expect(versions.size).toBe(3);
    expect((await loadPlugins(builtIn, { names: [], folders: [folder], onFault: () => {} })).engines.pluginsVersion).toBe('');
  });
});

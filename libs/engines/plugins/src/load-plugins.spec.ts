import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInMediaTypes, type Codec, type Format } from '@tessera/domain';
import type { Engines } from './engines.ts';
import { loadPlugins } from './load-plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-plugins-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'tessera-plugins-'));

function write(path: string, content: string | object, base = folder): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const npy: Format = { name: 'npy', mediaTypes: ['application/x-npy'], sniff: () => false, async *index() {} };
const gzip: Codec = { name: 'gzip', kind: 'bytes-to-bytes', resolve: (_configuration, { maxByteLength }) => ({ decode: (bytes) => bytes, maxEncodedByteLength: maxByteLength }) };
const builtIn: Engines = {
  formats: new Map([['npy', async () => npy]]), codecs: new Map([['gzip', async () => gzip]]),
  arrayExporters: new Map([['image/png', async () => ({ async *export() {} })]]), mediaTypes: builtInMediaTypes,
  codecPlugins: [], pluginsVersion: '',
};

const format = (name: string, mediaType = `application/x-${name}`) => `{ name: '${name}', mediaTypes: ['${mediaType}'], sniff: () => false, async *index() {} }`;
const codec = (name: string) => `{ name: '${name}', kind: 'bytes-to-bytes', resolve: (c, { maxByteLength }) => ({ decode: (b) => b, maxEncodedByteLength: maxByteLength }) }`;
const exporter = (mediaType: string, aliases = '[]') => `{ family: 'array', mediaType: '${mediaType}', aliases: ${aliases}, exporter: { async *export() {} } }`;
const plugin = (register: string, apiVersion: unknown = 1) => `export const apiVersion = ${apiVersion};\nexport function register({ formats, codecs, exporters }) { ${register} }\n`;

const load = (...names: string[]) => loadPlugins(builtIn, { names, folders: [folder, elsewhere], onFault: () => {}, timeoutMs: 1000 });
const problemOf = async (...names: string[]) => (await load(...names)).problems.join('\n');

describe('where plug-ins are found', () => {
  it('is a package beside the configuration, by what it exports', async () => {
    write('node_modules/@acme/tessera-raw/package.json', { name: '@acme/tessera-raw', type: 'module', exports: { '.': { types: './x.d.ts', require: './no.cjs', import: './main.js' }, './more': './more.js' } });
    write('node_modules/@acme/tessera-raw/main.js', plugin(`formats.add(${format('raw')}); codecs.add(${codec('raw')})`));
    write('node_modules/@acme/tessera-raw/more.js', plugin(`codecs.add(${codec('more')})`));
    const { engines, problems } = await load('@acme/tessera-raw', '@acme/tessera-raw/more');
    expect(problems).toEqual([]);
    // Asked before what is built in.
    expect([...engines.formats.keys()]).toEqual(['raw', 'npy']);
    expect([...engines.codecs.keys()]).toEqual(['gzip', 'raw', 'more']);
    expect(await problemOf('@acme/tessera-raw/none')).toMatch(/has no module to import as ".\/none"/);
  });

  it('is a file or folder by its path, and the next place if the first has none', async () => {
    write('one.mjs', plugin(`codecs.add(${codec('one')})`));
    write('two/package.json', { type: 'module', main: 'lib/entry' });
    write('two/lib/entry.js', plugin(`codecs.add(${codec('two')})`));
    write('three/index.mjs', plugin(`codecs.add(${codec('three')})`), elsewhere);
    write('node_modules/four/package.json', { main: 'four.cjs' }, elsewhere);
    write('node_modules/four/four.cjs', `exports.apiVersion = 1; exports.register = async ({ codecs }) => { await null; codecs.add(${codec('four')}); };`, elsewhere);
    write('five.mjs', plugin(`codecs.add(${codec('five')})`));
    const { engines, problems } = await load('./one.mjs', './two', './three', 'four', pathToFileURL(join(folder, 'five.mjs')).href);
    expect(problems).toEqual([]);
    expect([...engines.codecs.keys()]).toEqual(['gzip', 'one', 'two', 'three', 'four', 'five']);
  });

  it('offers the media types that they write, each under its short names', async () => {
    write('exporter.mjs', plugin(`exporters.add(${exporter('application/x-raw', "['raw']")}); exporters.add(${exporter('image/png', "['png', 'picture']")}, { replace: true })`));
    const { engines: { mediaTypes, arrayExporters }, problems } = await load('./exporter.mjs');
    expect(problems).toEqual([]);
    expect(mediaTypes.byFamily.array).toEqual([...builtInMediaTypes.byFamily.array, 'application/x-raw']);
    expect(mediaTypes.byFamily.table).toBe(builtInMediaTypes.byFamily.table);
    expect([mediaTypes.aliases['application/x-raw'], mediaTypes.aliases['image/png']]).toEqual([['raw'], ['png', 'picture']]);
    expect([...arrayExporters.keys()]).toEqual(['image/png', 'application/x-raw']);
  });

  it('is nowhere for no names: what is built in is used as it is', async () => {
    expect((await load()).engines).toBe(builtIn);
  });
});

describe('problems of plug-ins', () => {
  it('are told all together, each with its setting', async () => {
    write('good.mjs', plugin(`codecs.add(${codec('good')})`));
    write('bad.mjs', 'this is no module');
    const { problems, engines } = await load('tessera-none', './good.mjs', './bad.mjs', './good.mjs', 'no name!');
    expect(problems).toEqual([
      expect.stringMatching(/^plugins\.0: "tessera-none": The package is not installed\. Run "npm install tessera-none" in /),
      expect.stringMatching(/^plugins\.2: ".\/bad\.mjs": It cannot be loaded from file:/),
      expect.stringMatching(/^plugins\.3: ".\/good\.mjs": It is named twice/),
      expect.stringMatching(/^plugins\.4: "no name!": This is neither/),
    ]);
    expect(engines.codecs.has('good')).toBe(true);
  });

  it.each<[string, string, RegExp]>([
    ['no register', 'export const apiVersion = 1;', /exports no function "register"/],
    ['no version', 'export function register() {}', /must export apiVersion = 1/],
    ['a later version', plugin('', 2), /written for version 2 .* has version 1: install a newer Tessera, or an older version of the plug-in/],
    ['an earlier version', plugin('', 0), /install a newer version of the plug-in/],
    ['throws at load', 'throw new Error("no licence");', /cannot be loaded from .*no licence/],
    ['throws in register', plugin('throw new Error("no detector")'), /register\(\) failed: no detector/],
    ['adds nothing', plugin(''), /added nothing/],
    ['never ends', plugin('return new Promise(() => {})'), /did not finish loading within 1 s/],
    ['imports what is not there', 'import "not-installed-anywhere"; export const apiVersion = 1;', /cannot be loaded/],
    ['a format without index', plugin("formats.add({ name: 'x', mediaTypes: ['a/b'], sniff() {} })"), /The format "x" needs the functions "sniff" and "index"/],
    ['a format without a name', plugin('formats.add({})'), /A format needs a "name"/],
    ['a format without media types', plugin("formats.add({ name: 'x', mediaTypes: [] })"), /"x" needs "mediaTypes"/],
    ['a wrong suffix', plugin("formats.add({ name: 'x', mediaTypes: ['a/b'], suffixes: ['CBF'] })"), /no endings of file names/],
    ['a codec of no kind', plugin("codecs.add({ name: 'x', kind: 'decoder', resolve() {} })"), /The codec "x" needs a "kind"/],
    ['no media type', plugin("exporters.add({ family: 'array', mediaType: 'CBF' })"), /An exporter needs a "mediaType"/],
    ['another family', plugin("exporters.add({ family: 'table', mediaType: 'a/b' })"), /needs the "family" "array"/],
    ['a format that is built in', plugin(`formats.add(${format('npy', 'a/b')})`), /The format "npy" is built in: choose another name, or add it with \{ replace: true \}/],
    ['a media type of files that is built in', plugin(`formats.add(${format('npy2', 'application/x-npy')})`), /The media type "application\/x-npy" is built in/],
    ['a codec that is built in', plugin(`codecs.add(${codec('gzip')})`), /The codec "gzip" is built in/],
    ['a codec added twice', plugin(`codecs.add(${codec('x')}); codecs.add(${codec('x')})`), /adds the codec "x" twice/],
    ['an output that is built in', plugin(`exporters.add(${exporter('image/png')})`), /The exporter of "image\/png" is built in/],
    ['a short name that is taken', plugin(`exporters.add(${exporter('application/x-p', "['png']")}, {})`), /The short name "png" is built in/],
    ['nothing to replace', plugin(`codecs.add(${codec('x')}, { replace: true })`), /There is no codec "x" to replace/],
  ])('%s', async (name, content, problem) => {
    const file = `./problem-${name.replaceAll(' ', '-')}.mjs`;
    write(file, content);
    expect(await problemOf(file)).toMatch(problem);
  });

  it('are two plug-ins of one name, too', async () => {
    write('first.mjs', plugin(`codecs.add(${codec('same')})`));
    write('second.mjs', plugin(`codecs.add(${codec('same')})`));
    expect(await problemOf('./first.mjs', './second.mjs')).toBe('plugins.1: "./second.mjs": The codec "same" is added by the plug-in "./first.mjs" already: use one of the two.');
  });

  it('are not made by what is said to be replaced', async () => {
    write('replacing.mjs', plugin(`formats.add(${format('npy', 'application/x-npy')}, { replace: true }); codecs.add(${codec('gzip')}, { replace: true })`));
    const { engines, problems } = await load('./replacing.mjs');
    expect(problems).toEqual([]);
    expect([...engines.formats.keys()]).toEqual(['npy']);
    expect([await engines.formats.get('npy')!(), await engines.codecs.get('gzip')!()]).not.toContain(npy);
    expect(await engines.codecs.get('gzip')!()).not.toBe(gzip);
  });
});

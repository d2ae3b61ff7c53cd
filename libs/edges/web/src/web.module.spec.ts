import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseScalarType, publicScopes, singleUserScopes, TesseraError, type Catalog, type Identity, type Node, type Reader, type Search, type Structure } from '@tessera/domain';
import { createHttpApp, listRoutes, type HttpOptions } from '@tessera/http';
import type { AddressInfo } from 'node:net';
import { request as httpRequest } from 'node:http';
import { css } from './style.ts';
import { WebModule } from './web.module.ts';

const evil = `<script>alert("1")</script>&'`;
const grid = (shape: number[], type = '<f8'): Structure => ({ family: 'array', array: { shape, chunks: shape, dataType: parseScalarType(type) } });
const node = (id: number, path: string[], structure: Structure, more: Partial<Node> = {}): Node => ({
  id, path, structure, metadata: {}, specs: [], insideFile: false, revision: 1, ...(structure.family === 'container' ? { childCount: 250 } : { manifestId: `m${id}` }), ...more,
});
const nodes: Node[] = [
  node(1, [], { family: 'container' }),
  node(2, [evil], { family: 'container' }, { metadata: { [evil]: evil, long: 'x'.repeat(60_000) }, specs: [{ name: evil }] }),
  node(3, ['image'], grid([3, 3000, 20])),
  node(4, ['line'], grid([100])),
  node(5, ['table'], { family: 'table', table: { arrowSchema: '', columns: ['a', evil], partitionCount: 1, rowCount: 1000 } }),
  node(6, ['broken'], grid([1]), { problem: `The link ${evil} leads nowhere.` }),
];

const asked: { readonly children: unknown[]; readonly pieces: number[] } = { children: [], pieces: [] };
const unexpected = () => Promise.reject(new Error('not part of these tests'));
const catalog: Catalog = {
  async resolve(_principal, path) {
    const found = nodes.find((each) => each.path.join('/') === path.join('/'));
    if (found) return { node: found };
    if (path[0] === 'table' && path[1] === 'a') return { node: nodes[4]!, column: 'a' };
    throw new TesseraError('not_found', `No such entry: ['${path.join("', '")}']`);
  },
  async children(_principal, _path, request) {
    asked.children.push(request.page);
    return { items: nodes.slice(1), count: 250, ...((request.page.offset ?? 0) < 200 ? { next: { cursor: 6 } } : {}) };
  },
  nodes: async (_principal, ids) => nodes.filter(({ id }) => ids.includes(id)),
  scan: unexpected, register: unexpected, remove: unexpected, registeredSources: unexpected,
};
const search: Search = {
  find: async (_principal, { query }) => ({ items: query.op === 'fulltext' && query.text === 'beam' ? [4] : [], count: 1 }),
  status: unexpected, rebuild: unexpected,
};
const reader: Reader = {
  describe: async () => ({ dataType: parseScalarType('<i8'), grid: { shape: [1000], chunks: [1000] }, edge: 'clipped', codecs: [], volatile: false }),
  readChunk: unexpected,
  async *readArray(_ticket, { mediaType }) {
    if (mediaType !== 'text/csv') throw new TesseraError('not_acceptable', 'no');
    yield Buffer.from('1\n2\n3\n');
  },
  async *readTable() {
    yield Buffer.from(`a,"${evil.replaceAll('"', '""')}"\n`);
    for (let row = 0; ; row++) {
      asked.pieces.push(row);
      yield Buffer.from(`${row},<b>\n`);
    }
  },
};
const identity = (isPublic: boolean): Identity => ({
  async principalOf(credentials) {
    if (credentials.kind === 'none') return { id: 'anonymous', kind: 'anonymous', scopes: isPublic ? publicScopes : [] };
    if (credentials.kind === 'api_key' && credentials.secret === 'secret') return { id: 'one', kind: 'user', scopes: singleUserScopes };
    throw new TesseraError('unauthenticated', 'Invalid API key');
  },
  describe: async () => ({ authenticationRequired: !isPublic }),
});

let app: NestFastifyApplication;
let origin = '';

async function start(isPublic = true, options: Partial<HttpOptions> = {}) {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  app = await createHttpApp({
    ports: { catalog, search, reader, identity: identity(isPublic) }, fronts: [WebModule],
    options: { responseByteLimit: 1e9, allowOrigins: [], readiness: async () => ({}), logger: silent, ...options },
  });
  await app.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}
afterEach(() => app.close());

const page = async (target: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(origin + target, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers }, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

describe('pages', () => {
  it('list the tree, a page at a time', async () => {
    await start();
    const { status, headers, text } = await page('/');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<a href="/browse/image">image</a>');
    expect(text).toContain('3 × 3,000 × 20, &lt;f8');
    expect(text).toContain('href="/?offset=100"');
    expect(text).not.toContain('Previous');
    const last = (await page('/?offset=200')).text;
    expect(last).toContain('href="/?offset=100"');
    expect(last).not.toContain('Next');
    expect(asked.children.at(-1)).toEqual({ limit: 100, offset: 200 });
    for (const bad of ['-1', 'x', '1e3', '99999999999']) expect((await page(`/?offset=${bad}`)).status).toBe(400);
  });

  it('escape whatever is in keys, metadata, columns, cells and problems', async () => {
    await start();
    for (const target of ['/', `/browse/${encodeURIComponent(evil)}`, '/browse/table', '/browse/broken', `/?text=${encodeURIComponent(evil)}`, `/browse/${encodeURIComponent(`${evil}x`)}`]) {
      const { text } = await page(target);
      expect(text).not.toContain('<script');
      expect(text).not.toContain('<b>&lt;');
      expect(text).not.toContain('alert("1")');
    }
    expect((await page('/browse/table')).text).toContain('<td>&lt;b&gt;</td>');
  });

  it('run no scripts and take no other style', async () => {
    await start();
    const { headers, text } = await page('/');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
    expect(text).toContain(`<style>${css}</style>`);
    expect(text.match(/style=|onclick|javascript:/)).toBeNull();
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('show arrays: a picture of two axes, values of one, links to every format', async () => {
    await start();
    const image = (await page('/browse/image')).text;
    expect(image).toContain('src="/api/v1/array/full/image?format=image/png&amp;slice=0,:2048:4,:"');
    expect(image).toContain('/api/v1/array/full/image?format=text%2Fcsv&amp;filename=image.csv');
    expect(image).toContain('1.44 MB');
    expect(image).toContain(`zarr.open_array(&quot;${origin}/zarr/v2/image&quot;, mode=&quot;r&quot;, zarr_format=2)`);
    const line = (await page('/browse/line')).text;
    expect(line).toContain('<pre>1\n2\n3</pre>');
    expect((await page('/browse/table/a')).text).toContain('<h1>a</h1>');
  });

  it('show the first rows of tables, and read no more than those', async () => {
    await start();
    asked.pieces.length = 0;
    const { text } = await page('/browse/table');
    expect(text.match(/<td>&lt;b&gt;<\/td>/g)).toHaveLength(10);
    expect(text).toContain('<td>9</td>');
    expect(asked.pieces.length).toBeLessThan(15);
  });

  it('find entries by words', async () => {
    await start();
    const { text } = await page('/?text=beam');
    expect(text).toContain('/browse/line');
    expect(text).not.toContain('/browse/image');
    expect((await page('/?text=nothing')).text).toContain('Nothing found');
  });

  it('say what is not there or cannot be read', async () => {
    await start();
    expect((await page('/browse/nope')).status).toBe(404);
    const broken = await page('/browse/broken');
    expect([broken.status, broken.text.includes('leads nowhere')]).toEqual([410, true]);
  });

  it('keep the root path in all links', async () => {
    await start(true, { rootPath: '/data' });
    const { text } = await page('/data/');
    expect(text).toContain('<a href="/data/browse/image">');
    expect(text).not.toMatch(/href="\/(?!data\/)/);
  });

  it('are for browsers; programs are shown the way to the API', async () => {
    await start();
    const answer = await fetch(`${origin}/`);
    expect(await answer.json()).toEqual({ links: { api: `${origin}/api/v1/` } });
    const unknown = await fetch(`${origin}/browse/nope`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/json']);
    expect((await fetch(`${origin}/favicon.ico`)).headers.get('content-type')).toBe('image/svg+xml');
  });
});

describe('a key', () => {
  it('is asked for where it is needed, and kept in a cookie', async () => {
    await start(false);
    const asks = await page('/browse/image?x=1');
    expect(asks.status).toBe(401);
    expect(asks.text).toContain('<form method="get" action="/browse/image">');
    expect(asks.text).toContain('name="api_key"');
    const wrong = await page('/?api_key=wrong');
    expect([wrong.status, wrong.text.includes('Invalid API key')]).toEqual([401, true]);
    const right = await page('/browse/image?api_key=secret&offset=0');
    expect([right.status, right.headers.get('location')]).toEqual([303, '/browse/image?offset=0']);
    expect(right.headers.get('set-cookie')).toContain('tiled_api_key=secret');
    expect((await page('/browse/image', { cookie: 'tiled_api_key=secret' })).text).toContain('YOUR_KEY');
    expect((await fetch(`${origin}/`)).status).toBe(401);
  });

  it('never leads to another host', async () => {
    await start(false);
    const location = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(origin);
      httpRequest({ hostname, port, path: '//evil.example/?api_key=secret', headers: { accept: 'text/html' } }, (answer) => resolve(`${answer.statusCode} ${answer.headers.location}`)).end();
    });
    expect(location).not.toContain('//');
  });
});

it('every route says who may use it', async () => {
  await start();
  expect(listRoutes(app).filter(({ access }) => access === undefined)).toEqual([]);
});

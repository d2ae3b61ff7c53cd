import fc from 'fast-check';
import { inTurn, serveBytes, status, ScriptedServer, type Answer } from '../../test/scripted-server.ts';
import { canonicalHttpUri } from '../http/http-uri.ts';
import { HttpStore } from './http.ts';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
const range = { byteOffset: 10, byteLength: 10 };
const wanted = [...bytes.subarray(10, 20)];

/** Documents by path, and 404 for the rest. */
const documents = (files: Readonly<Record<string, unknown>>): Answer => (request, response) => {
  const content = files[request.url!];
  (content === undefined ? status(404) : serveBytes(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))))(request, response);
};

describe('HttpStore', () => {
  let server: ScriptedServer;
  let store: HttpStore;
  let root: string;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    root = `${server.url}/data`;
    store = new HttpStore({ roots: [root], timeoutMs: 1000, retry: { attempts: 3, baseDelayMs: 1 } });
  });
  afterEach(async () => {
    store.close();
    await server.close();
  });
  const read = async (path = '/x.h5') => [...(await store.read(`${root}${path}`, range))!];

  it('reads ranges, asking for bytes as they are', async () => {
    server.answer = serveBytes(bytes);
    expect(await read()).toEqual(wanted);
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/data/x.h5', headers: { range: 'bytes=10-19', 'accept-encoding': 'identity' } });
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
    expect(await store.stat(`${root}/x.h5`)).toEqual({ uri: `${root}/x.h5`, isDirectory: false, byteLength: 100, modifiedAtMs: Date.UTC(2026, 10, 21, 10), etag: '"one"', version: '"one"' });
  });

  it('tells a changed file by its tag, by its time, or by its length', async () => {
    const uri = `${root}/x.h5`;
    server.answer = (request, response) => {
      delete request.headers['if-match'];
      serveBytes(bytes, 'W/"weak"')(request, response);
    };
    const now = (await store.stat(uri))!;
    expect(now.version).toBeUndefined();
    const source = { uri, byteLength: 100, modifiedAtMs: now.modifiedAtMs!, etag: 'W/"weak"' };
    expect((await store.read(uri, { ...range, expected: source }))!.byteLength).toBe(10);
    expect(server.requests.at(-1)!.headers['if-match']).toBeUndefined();
    for (const other of [{ etag: 'W/"other"' }, { modifiedAtMs: 0 }, { byteLength: 99 }]) {
      await expect(store.read(uri, { ...range, expected: { ...source, ...other } })).rejects.toMatchObject({ code: 'stale' });
    }
  });

  it('reads no more than it must of a server that ignores ranges', async () => {
    const total = 200 * 2 ** 20;
    let sent = 0;
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': total });
      const piece = Buffer.alloc(2 ** 20, 7);
      const more = (): void => {
        while (!response.destroyed && sent < total) {
          sent += piece.byteLength;
          if (!response.write(piece)) return void response.once('drain', more);
        }
      };
      more();
    };
    const near = await store.read(`${root}/x.h5`, { byteOffset: 2 ** 20, byteLength: 100 });
    expect([...near!]).toEqual(new Array(100).fill(7));
    expect(sent).toBeLessThan(100 * 2 ** 20);
    await expect(store.read(`${root}/x.h5`, { byteOffset: 100 * 2 ** 20, byteLength: 100 })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('ranges') });
    expect((await store.read(`${root}/x.h5`, { byteOffset: 0, byteLength: 10 }))!.byteLength).toBe(10);
  });

  it('refuses compressed answers, of which a range is of no use', async () => {
    server.answer = status(200, { 'content-encoding': 'gzip', 'content-length': '3' }, 'abc');
    await expect(read()).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('compressed') });
  });

  it('follows no redirect: not to another host, not on the same', async () => {
    const other = await ScriptedServer.start();
    try {
      other.answer = serveBytes(bytes);
      for (const location of [`${other.url}/data/x.h5`, '/secret', '//127.0.0.1:1/', 'http://169.254.169.254/latest/meta-data', 'file:///etc/passwd']) {
        server.answer = status(302, { location });
        await expect(read()).rejects.toMatchObject({ code: 'permission_denied', message: expect.not.stringContaining('169.254') });
        await expect(store.stat(`${root}/x.h5`)).rejects.toMatchObject({ code: 'permission_denied' });
      }
      expect(other.requests).toEqual([]);
      expect(server.requests.every(({ path }) => path.startsWith('/data/'))).toBe(true);
    } finally {
      await other.close();
    }
  });

  it.each(['/secret', '/data-of-others/x', '/data/../secret', '/data/%2e%2e/secret', '/data/..%2fsecret', '/data/..%5csecret', '/data/a%00', '/data/x?y=1', '/data/x#y'])('asks nobody for %s', async (path) => {
    for (const ask of [() => store.read(server.url + path), () => store.stat(server.url + path), async () => { for await (const _ of store.list(server.url + path)) break; }]) {
      await expect(ask()).rejects.toMatchObject({ code: 'permission_denied' });
    }
    expect(server.requests).toEqual([]);
  });

  it('stays on its host, port and scheme', async () => {
    const { port } = new URL(server.url);
    for (const uri of [`http://localhost:${port}/data/x`, 'http://127.0.0.1/data/x', `https://127.0.0.1:${port}/data/x`, `http://user@127.0.0.1:${port}/data/x`, `http://127.0.0.1:${port}@evil/data/x`]) {
      await expect(store.read(uri)).rejects.toMatchObject({ code: 'permission_denied' });
    }
    expect(server.requests).toEqual([]);
  });

  it('gets over what is wrong for the moment, and says what is wrong for good', async () => {
    server.answer = inTurn(status(502), status(503), serveBytes(bytes));
    expect(await read()).toEqual(wanted);
    server.answer = status(403);
    await expect(read()).rejects.toMatchObject({ code: 'permission_denied' });
    server.answer = status(404);
    expect(await store.read(`${root}/x.h5`, range)).toBeUndefined();
    expect(await store.stat(`${root}/x.h5`)).toBeUndefined();
    server.answer = status(500);
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('learns the length from a GET where HEAD says nothing', async () => {
    for (const head of [status(405), status(501), status(200, { 'transfer-encoding': 'chunked' })]) {
      server.answer = (request, response) => (request.method === 'HEAD' ? head : serveBytes(bytes))(request, response);
      expect(await store.stat(`${root}/x.h5`)).toMatchObject({ isDirectory: false, byteLength: 100 });
    }
    server.answer = (request, response) => (request.method === 'HEAD' ? status(405) : serveBytes(new Uint8Array()))(request, response);
    expect(await store.stat(`${root}/empty`)).toMatchObject({ isDirectory: false, byteLength: 0 });
  });

  it.each<[string, Record<string, unknown>]>([
    ['v3', { '/data/zarr.json': { zarr_format: 3, node_type: 'group', consolidated_metadata: { metadata: { a: {}, 'g/b c': {}, '../up': {} } } } }],
    ['v2', { '/data/.zmetadata': '{"metadata": {".zgroup": {}, "a/.zarray": {"fill_value": NaN}, "g/b c/.zarray": {}, "../up/.zarray": {}, "a/.zattrs": {}}}' }],
  ])('knows the folders of a zarr %s hierarchy by its consolidated metadata', async (_version, files) => {
    server.answer = documents({ ...files, '/data/a/zarr.json': {} });
    const list = async (path = '') => {
      const found: string[] = [];
      for await (const entry of store.list(root + path)) found.push(entry.uri.slice(root.length));
      return found;
    };
    expect(await store.stat(root)).toEqual({ uri: root, isDirectory: true });
    expect(await list()).toEqual(['/a', '/g']);
    expect(await list('/g')).toEqual(['/g/b%20c']);
    expect(await list('/g/b%20c')).toEqual([]);
    expect(await store.stat(`${root}/g/b%20c`)).toMatchObject({ isDirectory: true });
    expect(await store.stat(`${root}/a/zarr.json`)).toMatchObject({ isDirectory: false, byteLength: 2 });
    expect(await store.stat(`${root}/a/0.0`)).toBeUndefined();
  });

  it('takes a zarr array, a page and a folder that is sent to its slash for what they are', async () => {
    server.answer = documents({ '/data/.zarray': { zarr_format: 2 } });
    expect(await store.stat(root)).toMatchObject({ isDirectory: true });
    const page = status(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': '4' }, 'page');
    const other = new HttpStore({ roots: [root] });
    server.answer = page;
    expect(await other.stat(`${root}/index`)).toMatchObject({ isDirectory: false, byteLength: 4 });
    const third = new HttpStore({ roots: [root] });
    server.answer = (request, response) => (request.url === '/data' ? status(301, { location: `${server.url}/data/` }) : documents({ '/data/zarr.json': { zarr_format: 3, node_type: 'array' } }))(request, response);
    expect(await third.stat(root)).toMatchObject({ isDirectory: true });
    expect(await third.read(root)).toBeUndefined();
  });
});

describe('canonicalHttpUri', () => {
  it('is one for many ways to write an address', () => {
    expect(canonicalHttpUri('HTTPS://Host.Example:443/a/./b/../c%20d/')).toBe('https://host.example/a/c%20d');
    expect(canonicalHttpUri('http://host')).toBe('http://host');
  });
  it.each(['host/x', 'http://host/x?token=1', 'http://host/#x', 'http://a:b@host/', 'ftp://host/x'])('refuses %s', (text) => {
    expect(() => canonicalHttpUri(text)).toThrow(expect.objectContaining({ code: expect.stringMatching(/invalid_argument|permission_denied/) }));
  });
});

describe('HttpStore, whatever a server answers', () => {
  it('gives at most the bytes that were asked for, or says what is wrong', async () => {
    const server = await ScriptedServer.start();
    const store = new HttpStore({ roots: [server.url], timeoutMs: 300, retry: { attempts: 1 } });
    const header = fc.oneof(fc.constantFrom('bytes 10-19/100', 'bytes 10-10/*', 'bytes */5', 'bytes 0-9/100', 'bytes 10-9/100', 'bytes 10-99999999999999999999/1', '"tag"', 'W/"x"', 'gzip', '5', 'yesterday'), fc.string({ maxLength: 12, unit: fc.constantFrom(...'0123456789-/*" abc') }));
    try {
      await fc.assert(fc.asyncProperty(fc.constantFrom(200, 200, 206, 206, 206, 204, 304, 404, 412, 416, 418, 500), fc.dictionary(fc.constantFrom('content-range', 'etag', 'last-modified', 'content-encoding', 'location', 'retry-after'), header), fc.nat(60), async (code, headers, bodyByteLength) => {
        server.answer = status(code, headers, 'x'.repeat(bodyByteLength));
        for (const ask of [() => store.read(`${server.url}/x`, range), () => store.read(`${server.url}/x`), () => store.stat(`${server.url}/x`)]) {
          const outcome = await ask().catch((error: unknown) => error);
          if (outcome instanceof Uint8Array) expect(outcome.byteLength).toBeLessThanOrEqual(60);
          else if (outcome instanceof Error) expect(outcome).toMatchObject({ isTesseraError: true, code: expect.not.stringMatching('internal') });
        }
        const part = await store.read(`${server.url}/x`, range).catch(() => undefined);
        if (part) expect(part.byteLength).toBeLessThanOrEqual(range.byteLength);
      }), { numRuns: 150 });
    } finally {
      store.close();
      await server.close();
    }
  });
});

import { cutOff, inTurn, resetConnection, serveBytes, status, ScriptedServer, type Answer } from '../../test/scripted-server.ts';
import { withCoalescing } from '../wrappers/with-coalescing.ts';
import { S3Store, type S3StoreOptions } from './s3.ts';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
const range = { byteOffset: 0, byteLength: 10 };
const uri = 's3://bucket/data/x.h5';
const text = (found: Uint8Array | undefined) => found && [...found];

describe('S3Store', () => {
  let server: ScriptedServer;
  const open: S3Store[] = [];
  beforeEach(async () => { server = await ScriptedServer.start(); });
  afterEach(async () => {
    for (const store of open.splice(0)) store.close();
    await server.close();
  });
  const storeOf = (options: Partial<S3StoreOptions> = {}) => {
    const store = new S3Store({ endpoint: server.url, region: 'us-east-1', roots: ['s3://bucket/data'], credentials: { accessKeyId: 'id', secretAccessKey: 'secret' }, timeoutMs: 2000, retry: { baseDelayMs: 1 }, ...options });
    open.push(store);
    return store;
  };

  it.each<[string, Answer]>([
    ['a storm of 503', status(503, {}, '<Error><Code>SlowDown</Code></Error>')],
    ['500', status(500)], ['429', status(429)],
    ['a request that the server found too slow', status(400, {}, '<Error><Code>RequestTimeout</Code></Error>')],
    ['a body that is cut off', cutOff],
    ['a connection that is reset', resetConnection],
  ])('gets over %s', async (_what, failure) => {
    server.answer = inTurn(failure, failure, failure, serveBytes(bytes));
    expect(text(await storeOf().read(uri, range))).toEqual(text(bytes.subarray(0, 10)));
    expect(server.requests).toHaveLength(4);
  });

  it.each<[string, Answer, string, number]>([
    ['what stays out of order', status(503), 'unavailable', 5],
    ['bodies that are always cut off', cutOff, 'unavailable', 5],
    ['what it has no right to', status(403, {}, '<Error><Code>AccessDenied</Code></Error>'), 'permission_denied', 1],
    ['a bad request', status(400, {}, '<Error><Code>InvalidArgument</Code></Error>'), 'permission_denied', 1],
    ['another region', status(301, { 'x-amz-bucket-region': 'eu-west-1', location: 'http://127.0.0.1:1/' }), 'permission_denied', 1],
    ['bytes that were not asked for', (_request, response) => void response.writeHead(206, { 'content-range': 'bytes 5-14/100', 'content-length': 10 }).end(bytes.subarray(5, 15)), 'unavailable', 5],
    ['more bytes than were asked for', (_request, response) => void response.writeHead(206, { 'content-range': 'bytes 0-99/100', 'content-length': 100 }).end(bytes), 'unavailable', 5],
  ])('gives up %s', async (_what, answer, code, requestCount) => {
    server.answer = answer;
    await expect(storeOf().read(uri, range)).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(requestCount);
  });

  it('says where the bucket lies, and never what it signs with', async () => {
    server.answer = status(301, { 'x-amz-bucket-region': 'eu-west-1' });
    await expect(storeOf().stat(uri)).rejects.toThrow('in eu-west-1');
    expect(JSON.stringify(server.requests)).not.toContain('"secret"');
    expect(server.requests[0]!.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=id\//);
    await expect(storeOf({ credentials: undefined as never }).stat(uri)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(server.requests[1]!.headers.authorization).toBeUndefined();
  });

  it('refuses bytes of another version than is expected', async () => {
    server.answer = serveBytes(bytes, '"new"');
    const store = storeOf();
    const expected = { uri, byteLength: 100, etag: '"old"' };
    await expect(store.read(uri, { ...range, expected })).rejects.toMatchObject({ code: 'stale' });
    // A server that knows no conditions tells by its answer.
    server.answer = (request, response) => {
      delete request.headers['if-match'];
      serveBytes(bytes, '"new"')(request, response);
    };
    await expect(store.read(uri, { ...range, expected })).rejects.toMatchObject({ code: 'stale' });
    await expect(store.read(uri, { ...range, expected: { uri, byteLength: 99 } })).rejects.toMatchObject({ code: 'stale' });
    expect(text(await store.read(uri, { ...range, expected: { uri, etag: '"new"' } }))).toEqual(text(bytes.subarray(0, 10)));
    expect(server.requests).toHaveLength(4);
  });

  it('does not wait for a server that says nothing, nor for one that trickles', async () => {
    const store = storeOf({ timeoutMs: 150, retry: { attempts: 2, baseDelayMs: 1 } });
    server.answer = () => undefined;
    await expect(store.read(uri, range)).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.requests).toHaveLength(2);
    const timers = new Set<NodeJS.Timeout>();
    server.answer = (_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-9/100', 'content-length': 10 });
      timers.add(setInterval(() => response.write('x'), 100));
    };
    await expect(store.read(uri, range)).rejects.toMatchObject({ code: 'unavailable' });
    for (const timer of timers) clearInterval(timer);
  });

  it('ends with its caller, and at its deadline', async () => {
    const store = storeOf();
    const controller = new AbortController();
    const closed = new Promise((resolve) => { server.answer = (request) => void request.socket.once('close', resolve); });
    const reading = store.read(uri, range, { signal: controller.signal });
    while (server.requests.length === 0) await new Promise(setImmediate);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await closed;
    await expect(store.read(uri, range, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    server.answer = status(503);
    await expect(store.read(uri, range, { deadlineMs: Date.now() + 30 })).rejects.toMatchObject({ code: expect.stringMatching(/deadline_exceeded|unavailable/) });
    const waiting = storeOf({ retry: { baseDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 } }).read(uri, range, { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('waits as long as the server asks, up to a bound', async () => {
    const startedAtMs = performance.now();
    server.answer = inTurn(status(503, { 'retry-after': '3600' }), serveBytes(bytes));
    await storeOf({ retry: { baseDelayMs: 1, maxDelayMs: 200 } }).read(uri, range);
    expect(performance.now() - startedAtMs).toBeGreaterThan(190);
  });

  it('opens so many connections and no more', async () => {
    server.answer = (request, response) => void setTimeout(() => serveBytes(bytes)(request, response), 5);
    const store = storeOf({ maxConnections: 3 });
    const found = await Promise.all(Array.from({ length: 40 }, (_, i) => store.read(uri, { byteOffset: i, byteLength: 2 })));
    found.forEach((part, i) => expect(text(part)).toEqual([i, i + 1]));
    expect(server.mostConnections).toBeLessThanOrEqual(3);
  });

  it.each(['s3://bucket/secret', 's3://bucket/data-of-others/x', 's3://other/data/x', 's3://bucket', 's3://bucket/data/../secret', 's3://bucket/data/%2e%2e/secret'])('asks nobody for %s', async (outside) => {
    const store = storeOf();
    for (const ask of [() => store.read(outside), () => store.stat(outside), async () => { for await (const _ of store.list(outside)) break; }]) {
      await expect(ask()).rejects.toMatchObject({ code: 'permission_denied' });
    }
    expect(server.requests).toEqual([]);
  });

  it('lists a hundred thousand keys, page by page, by name', async () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `data/frame_${String(i).padStart(6, '0')}.tif`);
    server.answer = (request, response) => {
      const query = new URL(request.url!, server.url).searchParams;
      const from = Number(query.get('continuation-token') ?? 0);
      const contents = keys.slice(from, from + 1000).map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`).join('');
      const more = from + 1000 < keys.length ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${from + 1000}</NextContinuationToken>` : '';
      response.writeHead(200).end(`<ListBucketResult><EncodingType>url</EncodingType>${more}${contents}<CommonPrefixes><Prefix>data%2Fframe/</Prefix></CommonPrefixes></ListBucketResult>`);
    };
    const uris: string[] = [];
    for await (const entry of storeOf().list('s3://bucket/data')) uris.push(entry.uri);
    expect([uris.length, new Set(uris).size, server.requests.length]).toEqual([100_001, 100_001, 100]);
    expect(uris.every((each, i) => i === 0 || each > uris[i - 1]!)).toBe(true);
  });

  it('goes on with a listing where it failed', async () => {
    const page = (from: number) => status(200, {}, `<ListBucketResult><IsTruncated>${from < 2}</IsTruncated><NextContinuationToken>t${from + 1}</NextContinuationToken><Contents><Key>data/k${from}</Key><Size>1</Size></Contents></ListBucketResult>`);
    server.answer = inTurn(page(0), status(503), resetConnection, page(1), page(2));
    const uris: string[] = [];
    for await (const entry of storeOf().list('s3://bucket/data')) uris.push(entry.uri);
    expect(uris).toEqual(['s3://bucket/data/k0', 's3://bucket/data/k1', 's3://bucket/data/k2']);
    expect(server.requests.map(({ path }) => /continuation-token=(\w+)/.exec(path)?.[1])).toEqual([undefined, 't1', 't1', 't1', 't2']);
  });

  it('leaves out keys that no folder can show, and objects that stand for folders', async () => {
    server.answer = status(200, {}, `<ListBucketResult>${['data/', 'data/a', 'data/..', 'data/b'].map((key) => `<Contents><Key>${key}</Key><Size>0</Size></Contents>`).join('')}${['data//', 'data/a/', 'data/./', 'data/c/'].map((prefix) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`).join('')}</ListBucketResult>`);
    const found: [string, boolean][] = [];
    for await (const { uri: found_, isDirectory } of storeOf().list('s3://bucket/data')) found.push([found_.slice('s3://bucket/data/'.length), isDirectory]);
    expect(found).toEqual([['a', false], ['b', false], ['c', true]]);
  });

  it('puts the bucket where the server expects it', async () => {
    server.answer = serveBytes(bytes);
    await storeOf({ endpoint: `${server.url}/base/` }).read('s3://bucket/data/a%20b', range);
    expect(server.requests[0]).toMatchObject({ path: '/base/bucket/data/a%20b' });
    const inHost = storeOf({ endpoint: `http://localhost:${new URL(server.url).port}`, pathStyle: false, retry: { attempts: 1 } });
    await inHost.read('s3://bucket/data/a', range).catch(() => undefined);
    // Where the system resolves names below localhost.
    if (server.requests[1]) expect(server.requests[1]).toMatchObject({ path: '/data/a', headers: { host: expect.stringMatching(/^bucket\.localhost:/) } });
  });

  it('reads ranges that are near one another in one request', async () => {
    server.answer = serveBytes(bytes);
    const store = withCoalescing(storeOf());
    const parts = await Promise.all([50, 0, 20].map((byteOffset) => store.read(uri, { byteOffset, byteLength: 10 })));
    expect(parts.map(text)).toEqual([50, 0, 20].map((at) => text(bytes.subarray(at, at + 10))));
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=0-59']);
  });
});

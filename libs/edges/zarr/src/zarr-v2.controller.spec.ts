import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseDescr, publicScopes, type Catalog, type ChunkRequest, type Identity, type Node, type Reader, type Search } from '@tessera/domain';
import { createHttpApp } from '@tessera/http';
import type { AddressInfo } from 'node:net';
import { ZarrV2Controller } from './zarr-v2.controller.ts';

const dataType = parseDescr('|u1');
const grid = { shape: [3], chunks: [3] };
const nodeAt = (path: readonly string[]): Node => ({
  id: 1, path, structure: { family: 'array', array: { dataType, ...grid } }, metadata: {}, specs: [], insideFile: false, manifestId: path.join('.'), revision: 1,
});
const catalog = { resolve: async (_principal: unknown, path: readonly string[]) => ({ node: nodeAt(path) }) } as unknown as Catalog;
const identity: Identity = {
  principalOf: async () => ({ id: 'anonymous', kind: 'anonymous', scopes: publicScopes }),
  describe: async () => ({ authenticationRequired: false }),
};
let stored = Uint8Array.of(1, 2, 3);
let version: string | undefined;
let readCount = 0;
let isRanged = false;
let ranges: [number, number][] = [];
const reader = {
  describe: async ({ manifestId }: { manifestId: string }) => ({ dataType, grid, edge: 'padded', codecs: [{ name: 'bytes' }], volatile: manifestId === 'changing' }),
  readChunk: async (_ticket: unknown, { knownVersion, range }: ChunkRequest) => {
    if (version !== undefined && knownVersion === version) return { version };
    readCount++;
    if (isRanged && range) {
      const start = 'start' in range ? range.start : stored.byteLength - range.suffixByteLength;
      const end = 'start' in range ? range.end ?? stored.byteLength : stored.byteLength;
      ranges.push([start, end]);
      return { bytes: stored.subarray(start, end), totalByteLength: stored.byteLength, ...(version === undefined ? {} : { version }) };
    }
    return { bytes: stored, ...(version === undefined ? {} : { version }) };
  },
} as unknown as Reader;

let app: NestFastifyApplication;
let origin = '';
beforeAll(async () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  app = await createHttpApp({
    ports: { catalog, reader, identity, search: {} as Search }, fronts: [ZarrV2Controller],
    options: { responseByteLimit: 1e9, allowOrigins: [], readiness: async () => ({}), logger },
  });
  await app.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/zarr/v2`;
});
afterAll(() => app.close());

async function chunk(path: string, tag?: string) {
  const answer = await fetch(`${origin}/${path}/0`, { headers: tag === undefined ? {} : { 'if-none-match': tag } });
  return { status: answer.status, tag: answer.headers.get('etag')!, bytes: [...new Uint8Array(await answer.arrayBuffer())] };
}

describe('the tag of a chunk', () => {
  it('is that of its manifest, which says all, and then nothing is read', async () => {
    const { tag, bytes } = await chunk('fixed');
    expect(bytes).toEqual([1, 2, 3]);
    readCount = 0;
    expect(await chunk('fixed', tag)).toMatchObject({ status: 304, tag });
    expect(readCount).toBe(0);
  });

  it('is of its bytes where they may change under a manifest', async () => {
    const { tag } = await chunk('changing');
    expect(await chunk('changing', tag)).toMatchObject({ status: 304, tag });
    stored = Uint8Array.of(1, 2, 4);
    const changed = await chunk('changing', tag);
    expect(changed).toMatchObject({ status: 200, bytes: [1, 2, 4] });
    expect(changed.tag).not.toBe(tag);
    expect((await chunk('another')).tag).not.toBe(changed.tag);
  });

  it('is of the version of its object, where the store knows it, and then nothing is read', async () => {
    version = '12-3.5';
    const { tag, bytes } = await chunk('changing');
    expect(bytes).toEqual([...stored]);
    readCount = 0;
    expect(await chunk('changing', tag)).toMatchObject({ status: 304, tag });
    expect(await chunk('changing', `"other", W/"${tag}"`)).toMatchObject({ status: 304, tag });
    expect(readCount).toBe(0);
    for (const other of [`x${tag}`, `${tag}0`, tag.slice(0, -1)]) expect(await chunk('changing', other)).toMatchObject({ status: 200, bytes: [...stored] });
    version = '12-4';
    expect((await chunk('changing', tag)).status).toBe(200);
    version = 'a "version", of words';
    expect((await chunk('changing', (await chunk('changing')).tag)).status).toBe(304);
    version = undefined;
  });
});

describe('the ranges of a chunk', () => {
  const ask = async (path: string, init: RequestInit) => {
    ranges = [];
    const answer = await fetch(`${origin}/${path}/0`, init);
    return { status: answer.status, range: answer.headers.get('content-range'), length: answer.headers.get('content-length'), tag: answer.headers.get('etag'), bytes: [...new Uint8Array(await answer.arrayBuffer())] };
  };
  beforeAll(() => {
    isRanged = true;
    stored = Uint8Array.from({ length: 100 }, (_, index) => index);
    version = 'v1';
  });

  it('are all that is read of it', async () => {
    for (const path of ['fixed', 'changing']) {
      expect(await ask(path, { headers: { range: 'bytes=10-11' } })).toMatchObject({ status: 206, range: 'bytes 10-11/100', bytes: [10, 11] });
      expect(ranges).toEqual([[10, 12]]);
      expect(await ask(path, { headers: { range: 'bytes=-2' } })).toMatchObject({ status: 206, range: 'bytes 98-99/100', bytes: [98, 99] });
      expect(ranges).toEqual([[98, 100]]);
      expect(await ask(path, { headers: { range: 'bytes=200-' } })).toMatchObject({ status: 416, range: 'bytes */100' });
      expect(await ask(path, { method: 'HEAD' })).toMatchObject({ status: 200, length: '100', bytes: [] });
      expect(ranges).toEqual([[0, 0]]);
      expect((await ask(path, { headers: { range: 'bytes=0-0,50-50' } })).status).toBe(206);
      expect(ranges).toEqual([[0, 0], [0, 1], [50, 51]]);
    }
  });

  it('have the tag of the whole', async () => {
    const { tag } = await ask('changing', {});
    expect((await ask('changing', { headers: { range: 'bytes=0-1' } })).tag).toBe(tag);
    expect((await ask('changing', { headers: { range: 'bytes=0-1', 'if-range': `"${tag}"` } })).status).toBe(206);
    expect(await ask('changing', { headers: { range: 'bytes=0-1', 'if-range': '"older"' } })).toMatchObject({ status: 200, length: '100' });
    version = undefined;
    expect((await ask('changing', { headers: { range: 'bytes=0-1' } })).tag).toBeNull();
  });
});

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
const reader = {
  describe: async ({ manifestId }: { manifestId: string }) => ({ dataType, grid, edge: 'padded', codecs: [{ name: 'bytes' }], volatile: manifestId === 'changing' }),
  readChunk: async (_ticket: unknown, { knownVersion }: ChunkRequest) => {
    if (version !== undefined && knownVersion === version) return { version };
    readCount++;
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

import type { TreeExporter, TreeRequest } from '@tessera/domain';
import { listRoutes } from '@tessera/http';
import { tableFromIPC } from 'apache-arrow';
import { unpack } from 'msgpackr';
import { startFake, type FakeServer } from './tiled.fake.ts';

let server: FakeServer;
afterEach(() => server.close());

const json = async (target: string, init?: RequestInit) => {
  const answer = await server.get(target, init);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }; // eslint-disable-line @typescript-eslint/no-explicit-any
};
const withKey = { headers: { authorization: 'Apikey secret' } };

describe('routes', () => {
  it('all say who may use them; only the about document is for everybody', async () => {
    server = await startFake();
    const routes = listRoutes(server.app);
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
    expect(routes.filter(({ access }) => access?.kind === 'public').map(({ handler }) => handler)).toEqual(['health', 'readiness', 'about']);
    expect(routes.length).toBeGreaterThan(15);
  });

  it('are closed to strangers where the server is not public', async () => {
    server = await startFake({ isPublic: false });
    for (const target of ['metadata', 'search', 'array/full/img', 'array/block/img?block=0,0', 'table/full/table', 'table/partition/table?partition=0', 'container/full', 'node/full/table', 'dataframe/full/table']) {
      for (const prefix of ['/api/v1/', '/']) {
        expect([target, (await server.get(`${prefix}${target}`)).status]).toEqual([target, 401]);
        expect([target, (await server.get(`${prefix}${target}`, withKey)).status]).toEqual([target, 200]);
      }
    }
  });

  it('that write answer 405 to those who may write, 401 to others', async () => {
    server = await startFake();
    for (const [method, target] of [['POST', 'metadata'], ['POST', 'register/ds'], ['PUT', 'metadata/img'], ['PATCH', 'metadata/img'], ['DELETE', 'metadata/img'], ['PUT', 'array/full/img'], ['PATCH', 'array/full/img'], ['PUT', 'table/partition/table']]) {
      const refused = await json(`/api/v1/${target}`, { method: method!, ...withKey });
      expect([method, target, refused.status]).toEqual([method, target, 405]);
      expect(refused.body.detail).toMatch(/^This node .*\.$/);
      expect((await server.get(`/api/v1/${target}`, { method: method! })).status).toBe(401);
    }
    expect((await json('/api/v1/search/', { method: 'PUT', ...withKey })).body).toEqual({ detail: 'Method Not Allowed' });
  });
});

describe('about', () => {
  it('has all the keys that clients need, without credentials', async () => {
    server = await startFake({ isPublic: false });
    const { body, headers } = await json('/api/v1');
    expect(Object.keys(body).sort()).toEqual(['aliases', 'api_version', 'authentication', 'formats', 'library_version', 'links', 'meta', 'queries']);
    expect(body).toMatchObject({ api_version: 0, library_version: '0.2.16', authentication: { required: true, providers: [], links: null }, links: { self: `${server.origin}/api/v1` } });
    expect(body.formats.array[0]).toBe('application/octet-stream');
    expect(body.aliases.table['text/csv']).toEqual(['csv']);
    expect(body.queries).toContain('comparison');
    expect(new Date(headers.get('expires')!).getTime() - Date.now()).toBeGreaterThan(590_000);
    const packed = await server.get('/api/v1/', { headers: { accept: 'application/x-msgpack' } });
    expect(packed.headers.get('content-type')).toBe('application/x-msgpack');
    expect(unpack(Buffer.from(await packed.arrayBuffer()))).toEqual(body);
  });
});

describe('metadata', () => {
  it('describes nodes at any depth, however their keys are written', async () => {
    server = await startFake();
    const { body } = await json('/api/v1/metadata//a%20b%23%C3%A9%3F/x%25y/');
    expect(body).toMatchObject({ data: { id: 'x%y', attributes: { ancestors: ['a b#é?'] } }, error: null, links: null, meta: {} });
    const again = await json(new URL(body.data.links.self).pathname);
    expect(again.body).toEqual(body);
    expect((await json('/metadata/img?root_path=true')).body.meta).toEqual({ root_path: '/' });
  });

  it('describes columns of tables as arrays', async () => {
    server = await startFake();
    expect((await json('/api/v1/metadata/table/a')).body.data).toEqual({
      id: 'a',
      attributes: {
        ancestors: ['table'], structure_family: 'array', specs: [], metadata: {},
        structure: { data_type: { endianness: 'little', kind: 'i', itemsize: 8, dt_units: null }, chunks: [[3]], shape: [3], dims: null, resizable: false },
        access_blob: {}, sorting: null, data_sources: null,
      },
      links: { self: `${server.origin}/api/v1/metadata/table/a`, full: `${server.origin}/api/v1/array/full/table/a`, block: `${server.origin}/api/v1/array/block/table/a?block={0}` },
      meta: null,
    });
  });

  it('says what is not there, and what is broken', async () => {
    server = await startFake();
    expect(await json('/api/v1/metadata/nope/x')).toMatchObject({ status: 404, body: { detail: "No such entry: ['nope', 'x']" } });
    expect(await json('/api/v1/metadata/broken')).toMatchObject({ status: 410, body: { detail: 'The link leads nowhere.' } });
  });

  it('holds the children of a dataset, unless it is to be flat', async () => {
    server = await startFake();
    const { structure, sorting } = (await json('/api/v1/metadata/ds')).body.data.attributes;
    expect(structure).toMatchObject({ count: 2, contents: { v: { id: 'v', attributes: { ancestors: ['ds'], structure: { dims: ['x'] } } } } });
    // Groups inside would be taken for variables; the order is the one in which clients take what is here.
    expect([Object.keys(structure.contents), sorting]).toEqual([['v'], [{ key: '_', direction: 1 }]]);
    expect((await json('/api/v1/search/ds?sort=_')).body.data).toHaveLength(2);
    expect((await json('/api/v1/metadata/ds?max_depth=0')).body.data.attributes.structure).toEqual({ count: 2, contents: null });
    expect((await json('/api/v1/metadata/')).body.data.attributes.structure.contents).toBeNull();
  });

  it('selects from metadata, and refuses what is no expression', async () => {
    server = await startFake();
    const select = (expression: string) => json(`/api/v1/metadata/img?fields=metadata&select_metadata=${encodeURIComponent(expression)}`);
    expect((await select('{c: color, first: n}')).body.data.attributes.metadata).toEqual({ selected: { c: 'gray', first: 3 } });
    expect((await select('false')).body.data.attributes.metadata).toEqual({ selected: null });
    expect((await select('constructor')).status).toBe(200);
    for (const bad of ['{{', 'abs(color)', 'nosuch(@)', '', '[', '"']) expect([bad, (await select(bad)).status]).toEqual([bad, 400]);
  });
});

describe('search', () => {
  it('lists keys, broken ones too; other listings leave them out', async () => {
    server = await startFake();
    const keys = await json('/api/v1/search/?fields=&page[offset]=0');
    expect(keys.body.data.map(({ id }: { id: string }) => id)).toContain('broken');
    expect(keys.body.links).toEqual({ self: `${server.origin}/api/v1/search/?page[limit]=100`, first: `${server.origin}/api/v1/search/?page[limit]=100`, next: null });
    const all = await json('/api/v1/search/');
    expect(all.body.data.map(({ id }: { id: string }) => id)).not.toContain('broken');
    expect(all.body.data[0].attributes.structure.shape).toEqual([24, 32]);
  });

  it('counts exactly and without items', async () => {
    server = await startFake();
    const { body } = await json('/api/v1/search/?fields=count');
    expect(body).toMatchObject({ data: [], meta: { count: 12 }, links: { next: null } });
    expect(server.calls['children']![0]![2]).toMatchObject({ page: { limit: 0 }, exactCount: true });
    await json('/api/v1/search/?fields=metadata');
    expect(server.calls['children']![1]![2]).toMatchObject({ exactCount: false });
  });

  it('goes on from page to page', async () => {
    server = await startFake();
    const seen: string[] = [];
    let next: string | null = `${server.origin}/api/v1/search/?page[limit]=3`;
    while (next) {
      const { body } = await json(`${next.slice(server.origin.length)}&fields=`);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      next = body.links.next;
    }
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    const offset = await json('/api/v1/search/?fields=&page%5Boffset%5D=2&page%5Blimit%5D=2');
    expect(offset.body.data.map(({ id }: { id: string }) => id)).toEqual(['scalar', 'empty']);
    expect(offset.body.links.self).toBe(`${server.origin}/api/v1/search/?page[offset]=2&page[limit]=2`);
  });

  it('finds by filters, in the order of the index, and says how many there are', async () => {
    server = await startFake();
    const eq = 'filter[eq][condition][key]=color&filter[eq][condition][value]=%22gray%22';
    const { body } = await json(`/api/v1/search/?${eq}&sort=-color`);
    expect(body).toMatchObject({ data: [{ id: 'img' }], meta: { count: 1 }, links: { next: null } });
    expect(server.calls['find']![0]![1]).toMatchObject({ parentId: 1, query: { op: 'eq', key: ['color'], value: 'gray' }, sort: [{ key: { metadata: ['color'] }, direction: -1 }], exactCount: true });
    const many = await json('/api/v1/search/?fields=&filter[keys_filter][condition][keys]=["table","img","broken"]');
    expect(many.body.data.map(({ id }: { id: string }) => id)).toEqual(['img', 'table', 'broken']);
  });

  it('looks a key up without the index', async () => {
    server = await startFake();
    const lookup = (key: string) => json(`/api/v1/search/?filter[lookup][condition][key]=${encodeURIComponent(key)}`);
    expect((await lookup('img')).body).toMatchObject({ data: [{ id: 'img' }], meta: { count: 1 } });
    expect((await lookup('nope')).body).toMatchObject({ data: [], meta: { count: 0 } });
    expect((await lookup('broken')).body).toMatchObject({ data: [], meta: { count: 0 } });
    expect(server.calls['find']).toBeUndefined();
    const both = await json('/api/v1/search/?filter[lookup][condition][key]=img&filter[lookup][condition][key]=cube');
    expect(both.body).toMatchObject({ data: [], meta: { count: 0 } });
  });

  it('is for containers only', async () => {
    server = await startFake();
    for (const path of ['img', 'table', 'table/a']) expect((await json(`/api/v1/search/${path}`)).status).toBe(404);
  });

  it.each([
    ['fields=bogus', 422], ['page[limit]=301', 422], ['page[limit]=-1', 422], ['page[limit]=x', 422], ['page[offset]=-1', 422], ['page[offset]=1.5', 422],
    ['page[cursor]=a', 422], ['page[cursor]=1&page[offset]=1', 400], ['page[cursor]=1&sort=color', 400], ['max_depth=6', 422], ['max_depth=x', 422],
    ['omit_links=maybe', 422], ['include_data_sources=2', 422], ['sort=a%20b', 422], ['select_metadata=%7B%7B', 400], ['filter[eq][condition][key]=a', 400],
    ['filter[eq][condition][key]=a&filter[eq][condition][value]=red', 400], [`page[limit]=${'9'.repeat(400)}`, 422],
  ])('refuses %s', async (query, status) => {
    server = await startFake();
    const answer = await json(`/api/v1/search/?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    if (status === 422) expect(answer.body.detail[0]).toMatchObject({ type: expect.any(String), loc: ['query', ...Array(answer.body.detail[0].loc.length - 1).fill(expect.anything())], msg: expect.any(String) });
    else expect(answer.body.detail).toMatch(/\w+ \w+/);
  });
});

describe('distinct', () => {
  it('tells the different values among the children', async () => {
    server = await startFake();
    const { body } = await json('/api/v1/distinct/?metadata=color&metadata=k.deep&structure_families=true&specs=true&counts=true');
    expect(body.metadata).toEqual({ color: [{ value: 'gray', count: 1 }, { value: 'red', count: 1 }], 'k.deep': [{ value: 1, count: 1 }] });
    expect(body.structure_families).toContainEqual({ value: 'container', count: 3 });
    expect(body.specs).toContainEqual({ value: [{ name: 'image', version: '1.0' }], count: 1 });
    const eq = 'filter[eq][condition][key]=color&filter[eq][condition][value]=%22red%22';
    expect((await json(`/api/v1/distinct/?metadata=color&${eq}`)).body).toEqual({ metadata: { color: [{ value: 'red', count: null }] }, structure_families: null, specs: null });
    expect((await json('/api/v1/distinct/')).body).toEqual({ metadata: null, structure_families: null, specs: null });
    expect(await json('/api/v1/distinct/img?metadata=a')).toMatchObject({ status: 405, body: { detail: 'This node does not support distinct.' } });
    expect((await json('/api/v1/distinct/?counts=maybe')).status).toBe(422);
    expect((await json('/api/v1/distinct/?metadata=__proto__&metadata=constructor')).body.metadata).toEqual(JSON.parse('{"__proto__":[],"constructor":[]}'));
  });
});

describe('arrays', () => {
  const bytes = async (target: string, init?: RequestInit) => {
    const answer = await server.get(target, init);
    return { status: answer.status, headers: answer.headers, length: (await answer.arrayBuffer()).byteLength };
  };

  it('come whole or sliced, with their length', async () => {
    server = await startFake();
    expect(await bytes('/api/v1/array/full/img')).toMatchObject({ status: 200, length: 768 });
    expect(await bytes('/api/v1/array/full//cube?slice=0%2C1%3A3%3A1&expected_shape=2,5')).toMatchObject({ status: 200, length: 80 });
    expect(await bytes('/array/full/cube?slice=::-1,0,0&expected_shape=3')).toMatchObject({ status: 200, length: 24 });
    expect(await bytes('/api/v1/array/full/scalar?expected_shape=scalar')).toMatchObject({ status: 200, length: 8 });
    expect(await bytes('/api/v1/array/full/table/a')).toMatchObject({ status: 200, length: 24 });
    expect(await bytes('/api/v1/array/full/empty')).toMatchObject({ status: 200, length: 0 });
    expect((await server.get('/api/v1/array/full/img')).headers.get('content-length')).toBe('768');
    const part = await server.get('/api/v1/array/full/img', { headers: { range: 'bytes=10-12' } });
    expect([part.status, ...new Uint8Array(await part.arrayBuffer())]).toEqual([206, 10, 11, 12]);
  });

  it('come by block, and by part of a block', async () => {
    server = await startFake();
    expect(await bytes('/api/v1/array/block/cube?block=1%2C0%2C1&expected_shape=1%2C4%2C2')).toMatchObject({ status: 200, length: 64 });
    expect(await bytes('/api/v1/array/block/cube?block=0,0,0&slice=0,:,1:')).toMatchObject({ status: 200, length: 64 });
    expect(await bytes('/api/v1/array/block/scalar?block=')).toMatchObject({ status: 200, length: 8 });
    expect(await bytes('/api/v1/array/block/table/a?block=0')).toMatchObject({ status: 200, length: 24 });
    expect(server.calls['readArray']![0]![1]).toEqual({ block: [1, 0, 1], selection: [], mediaType: 'application/octet-stream' });
  });

  it('come by block as the chunk in the store, of which a client that has it is told without a read', async () => {
    server = await startFake({ isVolatile: true });
    const whole = await server.get('/api/v1/array/block/cube?block=0,0,0&expected_shape=2,4,3');
    expect([whole.status, (await whole.arrayBuffer()).byteLength, whole.headers.get('accept-ranges')]).toEqual([200, 8 * 2 * 4 * 3, 'bytes']);
    const asked = { chunkIndex: [0, 0, 0], chunkShape: [2, 4, 3], codecs: [{ name: 'bytes' }], isFilled: true };
    expect(server.calls['readChunk']!.map((call) => call[1])).toEqual([asked]);
    const etag = whole.headers.get('etag')!;
    expect((await server.get('/api/v1/array/block/cube?block=0,0,0', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect(server.calls['readChunk']![1]![1]).toEqual({ ...asked, knownVersion: 'v1' });
    // Of a cut block, or a part, elements have to be chosen.
    for (const block of ['0,0,1', '1,0,0', '0,0,0&slice=:,1']) await server.get(`/api/v1/array/block/cube?block=${block}`);
    expect([server.calls['readChunk']!.length, server.calls['readArray']!.length]).toEqual([2, 3]);
  });

  it('may be kept by proxies only where anybody may see them, and then carry no cookie', async () => {
    server = await startFake();
    const open = await server.get('/api/v1/array/full/img');
    expect([open.headers.get('cache-control'), open.headers.get('set-cookie')]).toEqual(['public, no-cache', null]);
    expect(open.headers.get('vary')).toMatch(/^Origin, Accept(, |$)/);
    const again = await server.get('/api/v1/array/full/img', { headers: { 'if-none-match': open.headers.get('etag')! } });
    expect([again.status, again.headers.get('cache-control'), again.headers.get('set-cookie')]).toEqual([304, 'public, no-cache', null]);
    const own = await server.get('/api/v1/array/full/img', withKey);
    expect([own.headers.get('cache-control'), own.headers.get('set-cookie')]).toEqual(['private, no-cache', expect.stringContaining('tiled_csrf=')]);
    await server.close();
    server = await startFake({ isVolatile: true });
    expect((await server.get('/api/v1/array/full/img')).headers.get('cache-control')).toBe('no-store');
  });

  it('come by neighbouring blocks together', async () => {
    server = await startFake();
    // The cube is 3 × 4 × 5 in chunks of 2 × 4 × 3.
    const shapes = { '0:2,0,1': [3, 4, 2], ':,:,:': [3, 4, 5], '1:,0,0:1': [1, 4, 3], '0:99,0,:1': [3, 4, 3], '1:1,0,0': [0, 4, 3], '5:,0,0': [0, 4, 3] };
    for (const [block, shape] of Object.entries(shapes)) {
      const length = 8 * shape[0]! * shape[1]! * shape[2]!;
      expect([block, await bytes(`/api/v1/array/block/cube?block=${block}&expected_shape=${shape.join()}`)]).toEqual([block, expect.objectContaining({ status: 200, length })]);
    }
    server.calls['readArray'] = [];
    expect(await bytes('/api/v1/array/block/cube?block=0:2,0,1&slice=::2,1')).toMatchObject({ length: 8 * 2 * 2 });
    expect(server.calls['readArray'][0]![1]).toMatchObject({ selection: [{ start: 0, stop: 4, step: 2 }, { kind: 'index', index: 1 }, { start: 3, stop: 5, step: 1 }] });
    for (const block of ['0:2', '0:2,0,2', '::2,0,0', '-1:,0,0', '0:1:1,0,0', '0:a,0,0']) expect([block, (await server.get(`/api/v1/array/block/cube?block=${block}`)).status]).toEqual([block, 422]);
  });

  it('come by blocks that are not the stored chunks', async () => {
    server = await startFake({ storedChunks: [8, 32] });
    expect(await bytes('/api/v1/array/block/img?block=0,0')).toMatchObject({ status: 200, length: 24 * 32 });
    expect(server.calls['readArray']![0]![1]).toMatchObject({ selection: [{ start: 0, stop: 24 }, { start: 0, stop: 32 }] });
    expect(server.calls['readArray']![0]![1]).not.toHaveProperty('block');
  });

  it('with too many chunks to list come by blocks of several', async () => {
    server = await startFake();
    const { body } = await json('/api/v1/metadata/fine');
    const { chunks } = body.data.attributes.structure;
    expect(chunks[0].length).toBeLessThanOrEqual(10_000);
    expect(chunks[0].reduce((sum: number, length: number) => sum + length)).toBe(25_000);
    expect(await bytes('/api/v1/array/block/fine?block=1')).toMatchObject({ length: chunks[0][1] });
    expect(await bytes('/api/v1/array/block/fine?block=0&slice=::-1')).toMatchObject({ length: chunks[0][0] });
    expect(server.calls['readArray']!.map(([, request]) => request)).toEqual([
      { mediaType: 'application/octet-stream', selection: [{ kind: 'slice', start: 3, stop: 6, step: 1 }] },
      { mediaType: 'application/octet-stream', selection: [{ kind: 'slice', start: 2, step: -1 }] },
    ]);
  });

  it('are not read if the client has them; what changes all the time has no tag', async () => {
    server = await startFake();
    const target = '/api/v1/array/full/img?slice=0:2';
    const etag = (await server.get(target)).headers.get('etag')!;
    expect(etag).toMatch(/^[0-9a-f]{32}$/);
    expect((await server.get(target, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect(server.calls['readArray']).toHaveLength(2);
    const tags = await Promise.all([target, '/api/v1/array/full/img?slice=0:3', `${target}&format=csv`, '/api/v1/array/block/img?block=0,0', '/api/v1/array/full/cube'].map(async (each) => (await server.get(each)).headers.get('etag')));
    expect(new Set(tags).size).toBe(5);
    await server.close();
    server = await startFake({ isVolatile: true });
    expect((await server.get(target)).headers.get('etag')).toBeNull();
  });

  it('are asked about once: how they lie does not change', async () => {
    server = await startFake();
    for (let index = 0; index < 3; index++) await server.get('/api/v1/array/full/img');
    expect(server.calls['describe']).toHaveLength(1);
  });

  it('come in other media types, as a file if named', async () => {
    server = await startFake();
    const csv = await server.get('/api/v1/array/full/img?slice=0:2,0:3&format=csv&filename=foo.csv');
    expect([csv.headers.get('content-type'), csv.headers.get('content-disposition'), await csv.text()]).toEqual(['text/csv; charset=utf-8', 'attachment; filename="foo.csv"', 'text/csv 6']);
    expect((await server.get('/api/v1/array/full/img', { headers: { accept: 'image/*' } })).headers.get('content-type')).toBe('image/png');
    expect((await server.get('/api/v1/array/full/sparse')).headers.get('content-type')).toBe('application/vnd.apache.arrow.file');
    expect(await json('/api/v1/array/full/img?format=bmp')).toMatchObject({ status: 406, body: { detail: expect.stringMatching(/Supported: .*Requested: bmp\.$/) } });
  });

  it('are painted as the query says; the answer is labelled by its media type alone', async () => {
    server = await startFake();
    const plain = await server.get('/api/v1/array/full/img?format=png');
    const painted = await server.get('/api/v1/array/full/img?format=png&colormap=viridis&levels=0,10&scale=log&size=64x32');
    expect([painted.headers.get('content-type'), await painted.text()]).toEqual(['image/png', 'image/png;colormap=viridis;levels=0,10;scale=log;size=64x32 768']);
    expect(painted.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    expect((await server.get('/api/v1/array/full/img?format=npy')).headers.get('content-type')).toBe('application/x-npy');
    for (const query of ['colormap=nope', 'levels=2,1', 'scale=x', 'size=-1']) {
      expect([query, (await json(`/api/v1/array/full/img?format=png&${query}`)).status, (await server.get(`/api/v1/array/full/img?format=csv&${query}`)).status]).toEqual([query, 422, 200]);
    }
  });

  it('too large for one answer are refused before anything is read', async () => {
    server = await startFake({ responseByteLimit: 100 });
    expect(await json('/api/v1/array/full/img')).toMatchObject({ status: 400, body: { detail: "Response would exceed 100. Use slicing ('?slice=...') to request smaller chunks." } });
    expect(server.calls['readArray']).toBeUndefined();
    expect((await server.get('/api/v1/array/full/img?slice=0')).status).toBe(200);
  });

  it.each([
    ['full/img?slice=a', 422], ['full/img?slice=...', 422], ['full/img?slice=[0]', 422], ['full/img?slice=0:2,', 400], ['full/img?slice=99', 400], ['full/img?slice=0,0,0', 400],
    ['full/img?slice=::0', 400], [`full/img?slice=${'9'.repeat(30)}`, 400], ['full/img?expected_shape=24,31', 409], ['full/img?expected_shape=x', 422], ['full/img?expected_shape=scalar', 409],
    ['full/img?format=foo', 406], ['full/img?format=csv&format=json', 400], ['full/table', 404], ['full/ds', 404], ['full/', 404], ['full/broken', 410],
    ['block/img', 422], ['block/img?block=x', 422], ['block/img?block=-1,0', 422], ['block/img?block=0', 422], ['block/img?block=1,0', 422], ['block/img?block=0,0,0', 422],
    [`block/img?block=${'9'.repeat(30)},0`, 422], ['block/img?block=0,0&slice=99', 422], ['block/img?block=0,0&slice=::0', 422], ['block/img?block=0,0&expected_shape=1', 422],
    ['block/scalar?block=0', 422], ['block/empty?block=0,0', 422], ['block/table?block=0', 404], ['block/broken?block=0', 410],
  ])('refuse %s', async (target, status) => {
    server = await startFake();
    const answer = await json(`/api/v1/array/${target}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(JSON.stringify(answer.body.detail)).toMatch(/\w+ \w+/);
  });
});

describe('tables', () => {
  it('come whole, by partition and by column; columns by query or body', async () => {
    server = await startFake();
    const arrow = 'application/vnd.apache.arrow.file';
    expect((await json('/api/v1/table/full/table')).body).toEqual({ mediaType: arrow, columns: 'all', partition: 'all' });
    expect((await json('/dataframe/full/table?format=csv&column=b&column=a')).body).toEqual({ mediaType: 'text/csv', columns: ['b', 'a'], partition: 'all' });
    expect((await json('/api/v1/table/partition/table?partition=1&field=a')).body).toEqual({ mediaType: arrow, columns: ['a'], partition: 1 });
    const post = (target: string, body?: string) => json(`/api/v1/table/${target}`, { method: 'POST', ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }) });
    expect((await post('full/table', '["b"]')).body).toEqual({ mediaType: arrow, columns: ['b'], partition: 'all' });
    expect((await post('partition/table?partition=0')).body).toEqual({ mediaType: arrow, columns: 'all', partition: 0 });
    expect((await post('full/table', '{"a":1}')).status).toBe(422);
    expect((await post('full/table', '[1]')).status).toBe(422);
    expect((await json('/api/v1/node/full/table?format=csv&field=a')).body).toEqual({ mediaType: 'text/csv', columns: ['a'], partition: 'all' });
    const filter = { column: 'b', op: 'eq', value: '9007199254740993' };
    const inUrl = encodeURIComponent('{"column":"b","op":"eq","value":9007199254740993}');
    const all = { mediaType: arrow, columns: 'all', partition: 'all' };
    expect((await json(`/api/v1/table/full/table?rows=2:10&filter=${inUrl}`)).body).toEqual({ ...all, rows: { start: 2, stop: 10 }, filter });
    expect((await json(`/api/v1/table/partition/table?partition=1&rows=:3&filter=${inUrl}&filter=${inUrl}`)).body).toEqual({ ...all, partition: 1, rows: { start: 0, stop: 3 }, filter: { and: [filter, filter] } });
    expect((await post(`full/table?rows=5:&filter=${inUrl}`, '["b"]')).body).toEqual({ ...all, columns: ['b'], rows: { start: 5 }, filter });
    expect((await post(`full/table?filter=${inUrl}`, JSON.stringify({ columns: ['a'], rows: '1:2', filter: { not: filter } }))).body).toEqual({ ...all, columns: ['a'], rows: { start: 1, stop: 2 }, filter: { and: [filter, { not: filter }] } });
  });

  it.each([
    ['full/table?rows=1', 422], ['full/table?rows=-1:', 422], ['full/table?rows=0:1:2', 422], ['full/table?rows=99999999999999999999:', 422], ['full/table?filter=x', 400], ['full/table?filter={}', 400],
    ['full/table?filter={"column":"nope","op":"isnull"}', 400], ['full/table?rows=:1&format=hdf5', 406], ['full/table?column=nope', 400], ['full/table?column=a&field=b', 400], ['full/table?column=a&column=a', 400], ['full/table?format=png', 406], ['full/table?format=npy', 406],
    ['partition/table', 422], ['partition/table?partition=x', 422], ['partition/table?partition=-1', 422], ['partition/table?partition=2', 400], ['full/img', 404], ['full/table/a', 404],
  ])('refuse %s', async (target, status) => {
    server = await startFake();
    const answer = await json(`/api/v1/table/${target}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
  });
});

describe('containers', () => {
  it('come as one document without what is broken', async () => {
    server = await startFake();
    const { body } = await json('/api/v1/container/full/');
    expect(body.metadata).toEqual({ title: 'all' });
    expect(body.contents['a b#é?']).toEqual({ contents: { 'x%y': { contents: {}, metadata: {} } }, metadata: { color: 'red' } });
    expect(Object.keys(body.contents)).toHaveLength(11);
    expect((await json('/api/v1/container/full/?format=json&field=img&field=ds')).body.contents).toEqual({ img: { contents: {}, metadata: { color: 'gray', n: 3 } }, ds: { contents: { v: { contents: {}, metadata: { attrs: {} } }, inner: { contents: {}, metadata: {} } }, metadata: { attrs: { t: 'hi' } } } });
    expect(await json('/api/v1/container/full/?field=nope')).toMatchObject({ status: 400, body: { detail: 'No such field nope.' } });
    expect((await json('/api/v1/container/full/?format=hdf5')).status).toBe(406);
  });
});

describe('files of whole trees', () => {
  const asked: TreeRequest[] = [];
  let isTaken = false;
  const exporter: TreeExporter = {
    async export(request) {
      asked.push(request);
      return { byteLength: 3, pieces: (async function* () { isTaken = true; yield Buffer.from('abc'); })() };
    },
  };
  const startWithTrees = async () => {
    asked.length = 0;
    isTaken = false;
    server = await startFake({ isPublic: false, treeExporters: new Map([['application/x-hdf5', exporter]]) });
  };

  it('are what containers leave as, if a server can write them', async () => {
    await startWithTrees();
    const file = await server.get('/api/v1/container/full/ds?filename=a.h5', withKey);
    expect([file.status, file.headers.get('content-type'), file.headers.get('content-length'), file.headers.get('content-disposition'), await file.text()])
      .toEqual([200, 'application/x-hdf5', '3', 'attachment; filename="a.h5"', 'abc']);
    expect([file.headers.get('cache-control'), file.headers.get('accept-ranges')]).toEqual(['no-store', null]);
    expect(asked[0]).toMatchObject({ principal: { id: 'one' }, resolved: { node: { path: ['ds'] } } });
    expect((await server.get('/api/v1/container/full/ds?format=h5&field=v', withKey)).status).toBe(200);
    expect(asked[1]).toMatchObject({ fields: ['v'] });
    expect((await server.get('/api/v1/container/full/ds?format=h5&field=nope', withKey)).status).toBe(400);
    expect((await server.get('/api/v1/container/full/ds?format=zip', withKey)).status).toBe(406);
    expect((await server.get('/api/v1/container/full/ds?format=h5')).status).toBe(401);
    expect((await json('/api/v1/container/full/ds?format=json', withKey)).body).toHaveProperty('contents');
  });

  it('hold parts of arrays, blocks, columns and tables', async () => {
    await startWithTrees();
    for (const target of ['array/full/cube?slice=1,::2&format=hdf5', 'array/block/cube?block=1,0,1&slice=0&format=hdf5', 'array/full/table/a?format=hdf5', 'table/full/table?column=a&format=hdf5', 'node/full/table?format=hdf5']) {
      expect([target, (await server.get(`/api/v1/${target}`, withKey)).status]).toEqual([target, 200]);
    }
    expect(asked.map(({ resolved, selection, fields }) => [resolved.column, selection?.length, fields])).toEqual([
      [undefined, 2, undefined], [undefined, 3, undefined], ['a', 0, undefined], [undefined, undefined, ['a']], [undefined, undefined, undefined],
    ]);
    expect(asked[1]!.selection).toEqual([{ kind: 'index', index: 2 }, { kind: 'slice', start: 0, stop: 4, step: 1 }, { kind: 'slice', start: 3, stop: 5, step: 1 }]);
    expect((await server.get('/api/v1/table/partition/table?partition=0&format=hdf5', withKey)).status).toBe(406);
  });

  it('are not begun for a client that has them, or wants the head only', async () => {
    await startWithTrees();
    const target = '/api/v1/array/full/cube?format=hdf5';
    const head = await server.get(target, { method: 'HEAD', ...withKey });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3']);
    const known = await server.get(target, { headers: { ...withKey.headers, 'if-none-match': head.headers.get('etag')! } });
    expect([known.status, isTaken]).toEqual([304, false]);
    expect((await server.get('/api/v1/array/full/cube?slice=0&format=hdf5', { method: 'HEAD', ...withKey })).headers.get('etag')).not.toBe(head.headers.get('etag'));
  });
});

describe('datasets', () => {
  const arrow = 'format=application/vnd.apache.arrow.file';

  it('give variables of one length as one table', async () => {
    server = await startFake();
    const fields = ['f', 'i', 't', 's', 'u', 'b'];
    const answer = await server.get(`/api/v1/container/full/series?${arrow}${fields.map((field) => `&field=${field}`).join('')}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/vnd.apache.arrow.file']);
    const table = tableFromIPC(new Uint8Array(await answer.arrayBuffer()));
    expect(table.schema.fields.map(({ name, type }) => `${name} ${String(type)}`)).toEqual(['f Float64', 'i Int32', 't Timestamp<NANOSECOND>', 's Utf8', 'u Utf8', 'b Bool']);
    expect([...table.getChild('i')!]).toEqual([0x00010203, 0x04050607, 0x08090a0b]);
    expect([...table.getChild('s')!]).toEqual(['\x00\x01', '\x02\x03', '\x04\x05']);
    expect([...table.getChild('b')!]).toEqual([false, true, true]);
    const post = await server.get(`/api/v1/container/full/series?${arrow}`, { method: 'POST', body: '["f"]', headers: { 'content-type': 'application/json' } });
    expect(tableFromIPC(new Uint8Array(await post.arrayBuffer())).numCols).toBe(1);
  });

  it('say what cannot be a table', async () => {
    server = await startFake();
    for (const fields of ['field=c', 'field=f&field=long', 'field=flat', '']) expect(await json(`/api/v1/container/full/series?${arrow}&${fields}`)).toMatchObject({ status: 406, body: { detail: expect.stringMatching(/table/) } });
    expect((await json(`/api/v1/container/full/?${arrow}`)).status).toBe(406);
    await server.close();
    server = await startFake({ responseByteLimit: 20 });
    expect((await json(`/api/v1/container/full/series?${arrow}&field=f`)).status).toBe(400);
  });
});

describe('garbage in any parameter', () => {
  it('is answered with a sentence, never a failure of the server', async () => {
    server = await startFake();
    const garbage = ['', 'x', '-1', '0', '1e999', 'null', '[]', '{}', '%00', '%ff', '\'"', '../..', '9'.repeat(50), '%E2%98%83', 'a'.repeat(5000)];
    const targets = {
      'metadata/img': ['fields', 'select_metadata', 'max_depth', 'omit_links', 'include_data_sources', 'root_path'],
      search: ['fields', 'select_metadata', 'max_depth', 'page[offset]', 'page[cursor]', 'page[limit]', 'sort', 'filter[eq][condition][key]', 'filter[regex][condition][pattern]', 'filter[in][condition][value]', 'filter[lookup][condition][key]', 'filter[keys_filter][condition][keys]', 'filter[specs][condition][include]'],
      'array/full/img': ['slice', 'expected_shape', 'format', 'filename'],
      'array/block/img': ['block', 'slice', 'expected_shape', 'format'],
      'table/partition/table': ['partition', 'column', 'field', 'rows', 'filter', 'format', 'filename'],
      'container/full': ['field', 'format', 'filename'],
    };
    for (const [target, names] of Object.entries(targets)) {
      for (const name of names) {
        for (const value of garbage) {
          for (const query of [`${name}=${value}`, `${name}=${value}&${name}=${value}`]) {
            const answer = await server.get(`/api/v1/${target}?${query}`);
            const text = await answer.text();
            expect([target, query, answer.status < 500]).toEqual([target, query, true]);
            if (answer.status >= 400) expect(JSON.parse(text).detail.length).toBeGreaterThan(0);
          }
        }
      }
    }
    expect(server.calls['error']).toBeUndefined();
  });
});

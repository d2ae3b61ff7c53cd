import { TesseraError, isTesseraError, parseDescr, type ArrayLayout, type Catalog, type Node, type Principal, type Reader, type Structure } from '@tessera/domain';
import { ZarrV2Store } from './zarr-v2.store.ts';

const grid = { shape: [4], chunks: [3] };
const dataType = parseDescr('<i2');
const layout: ArrayLayout = { dataType, grid, edge: 'padded', codecs: [{ name: 'bytes' }], volatile: false };

const array: Structure = { family: 'array', array: { dataType, ...grid, dims: ['x'] } };
const node = (path: readonly string[], structure: Structure, more: Partial<Node> = {}): Node => ({
  id: 0, path, structure, metadata: { at: path.join('/') }, specs: [], insideFile: false, revision: 1, ...(structure.family === 'container' ? {} : { manifestId: `m.${path.join('.')}` }), ...more,
});
const nodes = [
  node([], { family: 'container' }),
  node(['0'], { family: 'container' }),
  node(['0', 'a b'], array),
  node(['bad'], array, { manifestId: 'broken' }),
  node(['t'], { family: 'table', table: { arrowSchema: '', columns: ['c'], partitionCount: 1 } }),
  node(['unread'], { family: 'container' }, { problem: 'The file is cut short.' }),
];

const catalog = {
  resolve: async (_principal: Principal, path: readonly string[]) => {
    const found = nodes.find((item) => item.path.join('/') === path.join('/'));
    if (found) return { node: found };
    if (path.join('/') === 't/c') return { node: nodes[4]!, column: 'c' };
    throw new TesseraError('not_found', `No such entry: ['${path.join("', '")}']`);
  },
  children: async (_principal: Principal, path: readonly string[]) => {
    const items = nodes.filter((item) => item.path.length === path.length + 1 && path.every((key, index) => item.path[index] === key));
    return { items, count: items.length };
  },
} as unknown as Catalog;

const reader = {
  describe: async (ticket: { manifestId: string }) => {
    if (ticket.manifestId === 'broken') throw new TesseraError('gone', 'It is damaged.');
    return layout;
  },
  readChunk: async (_ticket: unknown, { chunkIndex }: { chunkIndex: readonly number[] }) => (chunkIndex[0] === 0 ? { bytes: new Uint8Array([1, 0, 2, 0, 3, 0]) } : undefined),
} as unknown as Reader;

const principal: Principal = { id: 'u', kind: 'user', scopes: ['read:metadata', 'read:data'] };
const store = new ZarrV2Store(catalog, reader);
const get = (key: string, who = principal) => store.get(who, key, 'http://h/zarr/v2', {});
const document = async (key: string) => {
  const object = await get(key);
  return object.kind === 'json' ? JSON.parse(object.pieces.join('')) : object.kind;
};
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'no error', (error: unknown) => (isTesseraError(error) ? error.code : 'unknown error'));

describe('ZarrV2Store', () => {
  it('describes groups and arrays', async () => {
    expect(await document('.zgroup')).toEqual({ zarr_format: 2 });
    expect(await document('0/a%20b/.zarray')).toMatchObject({ shape: [4], chunks: [3], dtype: '<i2', compressor: null, fill_value: null });
    expect(await document('0/a%20b/.zattrs')).toEqual({ at: '0/a b', _ARRAY_DIMENSIONS: ['x'] });
    expect(await document('t/.zgroup')).toEqual({ zarr_format: 2 });
    expect(await document('t/c/.zarray')).toMatchObject({ shape: [4] });
  });

  it('tells arrays from groups by what is absent', async () => {
    expect(await codeOf(get('0/a%20b/.zgroup'))).toBe('not_found');
    expect(await codeOf(get('0/.zarray'))).toBe('not_found');
    expect(await codeOf(get('nope/.zgroup'))).toBe('not_found');
  });

  it('reads a chunk, and lets the client fill what was never written', async () => {
    const object = await get('0/a%20b/0');
    expect(object.kind === 'chunk' && (await object.read())).toEqual({ bytes: new Uint8Array([1, 0, 2, 0, 3, 0]) });
    const missing = await get('0/a%20b/1');
    expect(missing.kind === 'chunk' && (await codeOf(missing.read()))).toBe('not_found');
    expect(await codeOf(get('0/a%20b/2'))).toBe('not_found');
    expect(await codeOf(get('0/a%20b/0.0'))).toBe('invalid_argument');
  });

  it('takes a number for a node where the parent is a group', async () => {
    const object = await get('0');
    const keys: string[] = [];
    if (object.kind === 'listing') for await (const key of object.keys) keys.push(key);
    expect(keys).toEqual(['a b']);
    expect(object).toMatchObject({ url: 'http://h/zarr/v2/0' });
  });

  it('consolidates what is readable', async () => {
    const { metadata } = (await document('.zmetadata')) as { metadata: Record<string, unknown> };
    expect(Object.keys(metadata)).toEqual(expect.arrayContaining(['.zgroup', '0/.zgroup', '0/a b/.zarray', 't/c/.zarray']));
    expect(Object.keys(metadata).some((key) => key.startsWith('bad/'))).toBe(false);
  });

  it('refuses data to those who may read metadata only', async () => {
    const lesser: Principal = { ...principal, scopes: ['read:metadata'] };
    expect(await codeOf(get('0/a%20b/0', lesser))).toBe('unauthenticated');
  });

  it('says what is wrong with a file that cannot be read, and not that it is an empty group', async () => {
    for (const key of ['unread', 'unread/.zgroup', 'unread/.zattrs', 'unread/.zarray', 'unread/.zmetadata']) {
      await expect(get(key)).rejects.toMatchObject({ code: 'gone', message: 'The file is cut short.' });
    }
  });

  it('says that a damaged array is gone', async () => {
    expect(await codeOf(get('bad/.zarray'))).toBe('gone');
  });
});

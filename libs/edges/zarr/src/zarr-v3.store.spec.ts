import { TesseraError, isTesseraError, parseDescr, type ArrayLayout, type Catalog, type JsonObject, type Node, type Principal, type Reader, type Structure } from '@tessera/domain';
import { ZarrV3Store } from './zarr-v3.store.ts';

const grid = { shape: [4], chunks: [3] };
const dataType = parseDescr('<i2');
const layout: ArrayLayout = { dataType, grid, edge: 'padded', codecs: [{ name: 'bytes' }], volatile: false };

const arrayOf = (dims?: readonly string[]): Structure => ({ family: 'array', array: { dataType, ...grid, ...(dims ? { dims } : {}) } });
const group: Structure = { family: 'container' };
const node = (path: string, structure: Structure, more: Partial<Node> = {}): Node => ({
  id: 0, path: path.split('/').filter((key) => key !== ''), structure, metadata: { at: path }, specs: [], insideFile: false, revision: 1, ...(structure.family === 'container' ? {} : { manifestId: path }), ...more,
});
const variable = (path: string, spec: string, dims: readonly string[], attrs: JsonObject = {}) => node(path, arrayOf(dims), { specs: [{ name: spec }], metadata: { attrs } });

const nodes = [
  node('', group),
  node('g', group),
  node('g/c', arrayOf(['x'])),
  node('bad', arrayOf(), { manifestId: 'broken' }),
  node('scalar', { family: 'array', array: { dataType, shape: [], chunks: [] } }),
  node('empty', arrayOf(), { manifestId: 'no bytes' }),
  node('t', { family: 'table', table: { arrowSchema: '', columns: ['a'], partitionCount: 1 } }),
  node('data', group, { specs: [{ name: 'xarray_dataset' }], metadata: { attrs: { title: 'A' } } }),
  variable('data/x', 'xarray_coord', ['x']), variable('data/lat', 'xarray_coord', ['x']), variable('data/lon', 'xarray_coord', ['x']),
  variable('data/v', 'xarray_data_var', ['x'], { coordinates: 'lon', _FillValue: -1, units: 'K' }),
  node('many', group),
  ...Array.from({ length: 1001 }, (_, index) => node(`many/${index}`, arrayOf())),
];

let describeCount = 0;
let listCount = 0;
const catalog = {
  resolve: async (_principal: Principal, path: readonly string[]) => {
    const found = nodes.find((item) => item.path.join('/') === path.join('/'));
    if (found) return { node: found };
    if (path.join('/') === 't/a') return { node: nodes.find((item) => item.path[0] === 't')!, column: 'a' };
    throw new TesseraError('not_found', 'No such entry.');
  },
  children: async (principal: Principal, path: readonly string[]) => {
    listCount++;
    const items = nodes.filter((item) => item.path.length === path.length + 1 && path.every((key, index) => item.path[index] === key) && !(principal.id === 'stranger' && item.path[0] === 'g'));
    return { items, count: items.length };
  },
} as unknown as Catalog;

const reader = {
  describe: async ({ manifestId }: { manifestId: string }) => {
    describeCount++;
    if (manifestId === 'broken') throw new TesseraError('gone', 'It is damaged.');
    if (manifestId === 'scalar') return { ...layout, grid: { shape: [], chunks: [] } };
    return manifestId === 'no bytes' ? { ...layout, dataType: parseDescr('|S0') } : layout;
  },
  readChunk: async (_ticket: unknown, { chunkIndex }: { chunkIndex: readonly number[] }) => (chunkIndex.some((index) => index > 0) ? undefined : { bytes: new Uint8Array([1, 0]) }),
} as unknown as Reader;

const principal: Principal = { id: 'u', kind: 'user', scopes: ['read:metadata', 'read:data'] };
const store = new ZarrV3Store(catalog, reader);
const get = (key: string, who = principal) => store.get(who, key, 'http://h/zarr/v3', {});
interface Found extends JsonObject {
  readonly attributes: JsonObject;
}
const document = async (key: string, who = principal) => {
  const object = await get(key, who);
  return (object.kind === 'json' ? JSON.parse(object.pieces.join('')) : { kind: object.kind }) as Found;
};
const below = async (key: string, who = principal) => ((await document(key, who))['consolidated_metadata'] as { metadata: Record<string, Found> } | undefined)?.metadata;
const bytesAt = async (key: string) => {
  const object = await get(key);
  return object.kind === 'chunk' ? [...(await object.read()).bytes!] : object.kind;
};
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'no error', (error: unknown) => (isTesseraError(error) ? error.code : 'unknown error'));

describe('ZarrV3Store', () => {
  it('describes groups and arrays', async () => {
    expect(await document('g/zarr.json')).toMatchObject({ zarr_format: 3, node_type: 'group', attributes: { at: 'g' } });
    expect(await document('g/c/zarr.json')).toMatchObject({ node_type: 'array', shape: [4], data_type: 'int16', dimension_names: ['x'], attributes: { at: 'g/c' } });
    expect(await document('t/zarr.json')).toMatchObject({ node_type: 'group' });
    expect(await document('t/a/zarr.json')).toMatchObject({ node_type: 'array', dimension_names: ['row'] });
    expect(await document('scalar/zarr.json')).toMatchObject({ shape: [], dimension_names: [] });
    expect(await codeOf(get('nope/zarr.json'))).toBe('not_found');
  });

  it('reads chunks, also of arrays called c and of no axes', async () => {
    expect(await bytesAt('g/c/c/0')).toEqual([1, 0]);
    expect(await bytesAt('scalar/c')).toEqual([1, 0]);
    expect(await bytesAt('t/a/c/0')).toEqual([1, 0]);
    expect(await codeOf(bytesAt('g/c/c/1'))).toBe('not_found');
    expect(await codeOf(get('g/c/c/2'))).toBe('not_found');
    expect(await codeOf(get('g/c/c/99999999999999999999'))).toBe('not_found');
    expect(await codeOf(get('g/c/c/0/0'))).toBe('invalid_argument');
    expect(await codeOf(get('empty/c/0'))).toBe('not_found');
    expect(await codeOf(get('g/c/c/0', { ...principal, scopes: ['read:metadata'] }))).toBe('unauthenticated');
  });

  it('lists groups, also those called like chunks', async () => {
    const object = await get('g');
    const keys: string[] = [];
    if (object.kind === 'listing') for await (const key of object.keys) keys.push(key);
    expect(keys).toEqual(['c']);
    expect(object).toMatchObject({ url: 'http://h/zarr/v3/g' });
    expect(await codeOf(get('g/c'))).toBe('not_found');
  });

  it('consolidates what is readable and visible', async () => {
    const seen = (await below('g/zarr.json'))!;
    expect(Object.keys(seen)).toEqual(['c']);
    expect(await document('data/zarr.json')).toMatchObject({ consolidated_metadata: { kind: 'inline', must_understand: false } });
    expect(Object.keys((await below('t/zarr.json'))!)).toEqual(['a']);
  });

  it('leaves large trees to be asked node by node, and remembers them', async () => {
    const before = { describeCount, listCount };
    expect(await below('many/zarr.json')).toBeUndefined();
    expect(await document('many/zarr.json')).toMatchObject({ node_type: 'group' });
    expect({ describeCount, listCount }).toEqual({ ...before, listCount: before.listCount + 1 });
    expect(await below('zarr.json', { ...principal, id: 'stranger' })).toBeUndefined();
  });

  it('writes data sets as xarray reads them', async () => {
    expect((await document('data/zarr.json')).attributes).toEqual({ title: 'A', coordinates: 'lat' });
    expect((await document('data/v/zarr.json')).attributes).toEqual({ coordinates: 'lon', units: 'K', _FillValue: -1 });
  });

  it('says that a damaged array is gone', async () => {
    expect(await codeOf(get('bad/zarr.json'))).toBe('gone');
  });
});

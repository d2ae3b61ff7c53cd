import { readdirSync, readFileSync } from 'node:fs';
import type { ByteStore, Entry, IndexedNode } from '@tessera/domain';
import { formats } from '../registry.ts';
import { sniffFormat } from '../sniff.ts';
import { netcdfFormat } from './netcdf.format.ts';

interface ExpectedVariable {
  readonly dims: string[];
  readonly shape: number[];
  readonly attrs: Record<string, unknown>;
}
interface ExpectedDataset {
  readonly attrs: Record<string, unknown>;
  readonly data_vars: Record<string, ExpectedVariable>;
  readonly coords: Record<string, ExpectedVariable>;
}

const folder = new URL('../../../../../fixtures/netcdf/', import.meta.url);
const fixtures = new Map(readdirSync(folder).filter((name) => name.endsWith('.nc')).map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]));
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<string, Record<string, ExpectedDataset>>;

function storeOf(bytes: Uint8Array | undefined): ByteStore {
  return {
    read: async (_uri, range) => (range ? bytes?.subarray(range.byteOffset, range.byteOffset + (range.byteLength ?? Infinity)) : bytes),
    stat: async (uri) => bytes && { uri, isDirectory: false, byteLength: bytes.byteLength },
    async *list() {
      throw new Error('netCDF lists no folders.');
    },
  };
}

const entryOf = (uri: string, bytes: Uint8Array): Entry => ({ uri, isDirectory: false, byteLength: bytes.byteLength });

async function indexed(file: string, parameters = {}, bytes = fixtures.get(file)!): Promise<Map<string, IndexedNode>> {
  const nodes = await Array.fromAsync(netcdfFormat.index(entryOf(`mem://host/${file}`, bytes), storeOf(bytes), parameters));
  return new Map(nodes.map((node) => [node.path.join('/'), node]));
}

const specOf = (node: IndexedNode | undefined) => node?.specs.map((spec) => spec.name).join();
const arrayOf = (node: IndexedNode | undefined) => (node?.structure.family === 'array' ? node.structure.array : undefined);
const childrenOf = (nodes: ReadonlyMap<string, IndexedNode>, group: string) => [...nodes.values()].filter(({ path }) => path.length > 0 && path.slice(0, -1).join('/') === group);

/** What a number cannot hold is digits in metadata, except where it is compared with data. */
const exceptMarks = (attrs: Record<string, unknown>) => (attrs['_FillValue'] === '-9223372036854775808' ? { ...attrs, _FillValue: -(2 ** 63) } : attrs);

const datasets = Object.entries(expected).flatMap(([file, groups]) => Object.entries(groups).map(([group, dataset]) => [file, group, dataset] as const));

describe.each(datasets)('%s, group "%s"', (file, group, { attrs, data_vars, coords }) => {
  it('is the data set that xarray reads', async () => {
    const nodes = await indexed(file);
    expect(nodes.get(group)).toMatchObject({ structure: { family: 'container' }, specs: [{ name: 'xarray_dataset' }] });
    expect(nodes.get(group)!.metadata).toEqual({ attrs });
    for (const [spec, variables] of Object.entries({ xarray_data_var: data_vars, xarray_coord: coords })) {
      const found = childrenOf(nodes, group).filter((node) => specOf(node) === spec);
      expect(found.map((node) => node.path.at(-1)).sort()).toEqual(Object.keys(variables).sort());
      for (const node of found) {
        const { dims, shape, attrs: own } = variables[node.path.at(-1)!]!;
        expect({ path: node.path, dims: arrayOf(node)?.dims, shape: arrayOf(node)?.shape, metadata: node.metadata }).toEqual({ path: node.path, dims, shape, metadata: { attrs: exceptMarks(own) } });
      }
    }
  });

  it('lists data variables, then coordinates, then groups', async () => {
    const order = childrenOf(await indexed(file), group).map((node) => (node.structure.family === 'container' ? 'group' : specOf(node)));
    const places = ['xarray_data_var', 'xarray_coord', 'group'];
    expect(order).toEqual([...order].sort((a, b) => places.indexOf(a!) - places.indexOf(b!)));
  });
});

describe('what is no data set', () => {
  it('is a group like any other, its neighbours are not touched', async () => {
    const nodes = await indexed('inconsistent.nc');
    expect(nodes.get('')).toMatchObject({ metadata: { title: 'not by netCDF' }, specs: [] });
    expect([specOf(nodes.get('y')), arrayOf(nodes.get('y'))]).toMatchObject(['xarray_data_var', { shape: [4], dims: ['x'] }]);
    expect(specOf(nodes.get('unnamed'))).toBe('');
    expect(arrayOf(nodes.get('unnamed/v'))).not.toHaveProperty('dims');
    expect(specOf(nodes.get('sound'))).toBe('xarray_dataset');
  });

  it('is a group of groups', async () => {
    const nodes = await indexed('unusual.nc');
    expect([specOf(nodes.get('hollow')), specOf(nodes.get('hollow/inside'))]).toEqual(['', 'xarray_dataset']);
  });
});

describe('variables', () => {
  it('are as long as their dimensions; what is not there was never written', async () => {
    const nodes = await indexed('unusual.nc');
    const offsets = (path: string) => {
      const { manifest } = nodes.get(path)!;
      return manifest?.kind === 'array' && manifest.refs.form === 'table' ? [...manifest.refs.byteOffsets].map((offset) => offset >= 0) : undefined;
    };
    expect(offsets('short')).toEqual([true, true, true, true, false, false]);
    expect(offsets('shorter')).toEqual([true, false, false, false, false]);
    expect(offsets('untouched')!.includes(true)).toBe(false);
  });

  it('are not extended beyond what can be indexed', async () => {
    const bytes = fixtures.get('unusual.nc')!.slice();
    const nodes = await indexed('unusual.nc');
    expect(arrayOf(nodes.get('shorter'))?.shape).toEqual([4, 5]);
    // The current length of the longest variable, followed by its unlimited maximum.
    const pattern = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0, ...new Array<number>(8).fill(0xff)]);
    const at = Buffer.from(bytes).indexOf(pattern);
    expect(at).toBeGreaterThan(0);
    bytes.set([0, 0, 0, 0, 0, 0, 1, 0], at);
    for (const node of (await indexed('unusual.nc', {}, bytes)).values()) {
      if (arrayOf(node)?.shape.some((length) => length > 2 ** 40)) expect(node.problem ?? node.manifest).toBeDefined();
    }
    expect((await indexed('unusual.nc', {}, bytes)).get('rate')!.problem).toBeUndefined();
  });

  it('may be where one starts', async () => {
    const [group] = (await indexed('station_netcdf4.nc', { dataset: 'below/deeper' })).values();
    expect(group).toMatchObject({ specs: [{ name: 'xarray_dataset' }], dataSource: { mediaType: 'application/x-netcdf', parameters: { dataset: 'below/deeper' } } });
    const [array, ...others] = (await indexed('station_netcdf4.nc', { dataset: '/lon' })).values();
    expect([arrayOf(array)?.dims, others]).toEqual([['y', 'x'], []]);
  });
});

describe('sniffing', () => {
  it('takes HDF5 files by the names of netCDF, others are HDF5; classic files whatever their name', async () => {
    const bytes = fixtures.get('station_netcdf4.nc')!;
    const formatOf = async (name: string, content: Uint8Array) => (await sniffFormat(entryOf(`mem://host/${name}`, content), storeOf(content), formats))?.name;
    expect(await formatOf('a.nc', bytes)).toBe('netcdf');
    expect(await formatOf('a.NC4', bytes)).toBe('netcdf');
    expect(await formatOf('a.h5', bytes)).toBe('hdf5');
    for (const version of [1, 2, 5]) expect(await formatOf('a.cdl', Uint8Array.of(0x43, 0x44, 0x46, version, 0, 0, 0, 0))).toBe('netcdf');
    expect(await formatOf('a.dat', Uint8Array.of(0x43, 0x44, 0x46, 3, 0, 0, 0, 0))).toBeUndefined();
  });
});

describe('damaged files', () => {
  it('give nodes or one clear error', async () => {
    const bytes = fixtures.get('unusual.nc')!;
    let state = 4321;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let readable = 0;
    for (let round = 0; round < 80; round++) {
      const damaged = bytes.slice(0, round % 4 === 0 ? random(bytes.byteLength) : bytes.byteLength);
      for (let count = 1 + random(8); count > 0 && damaged.byteLength > 0; count--) damaged[random(damaged.byteLength)] = [0, 0xff, random(256)][random(3)]!;
      const outcome = await indexed('unusual.nc', {}, damaged).catch((error: { code?: string }) => error.code);
      if (outcome instanceof Map) readable += outcome.size;
      else expect(outcome).toBe('gone');
    }
    expect(readable).toBeGreaterThan(200);
  });
});

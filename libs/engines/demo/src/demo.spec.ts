import { decodeManifest, elementCount, encodeManifest, gridShape, locate, type ArrayManifest, type IndexedNode } from '@tessera/domain';
import { demoStore, demoTree } from './index.ts';

async function nodes(): Promise<Map<string, IndexedNode>> {
  const all = new Map<string, IndexedNode>();
  for await (const node of demoTree()) all.set(node.path.join('/'), node);
  return all;
}

function arrayAt(all: ReadonlyMap<string, IndexedNode>, path: string): ArrayManifest {
  const manifest = all.get(path)?.manifest;
  if (manifest?.kind !== 'array') throw new Error(`${path} is no array`);
  return manifest;
}

const store = demoStore();
const floats = (bytes: Uint8Array) => new Float64Array(bytes.slice().buffer);

describe('demoTree', () => {
  it('has every node, parents before children', async () => {
    const all = await nodes();
    const paths = [...all.keys()];
    for (const path of paths) if (path !== '') expect(paths.indexOf(path.split('/').slice(0, -1).join('/'))).toBeLessThan(paths.indexOf(path));
    expect(new Set(paths.map((path) => path.split('/')[0]))).toEqual(new Set(['', 'scalars', 'nested', 'tables', 'structured_data', 'flat_array', 'low_entropy', 'high_entropy', 'dynamic', 'arrays', 'dataframes']));
    expect(all.get('scalars')!.metadata).toEqual({ numbers: 'constants', precision: 5 });
    expect(all.get('nested')!.metadata).toEqual({ animal: 'cat', color: 'green' });
    expect(all.get('structured_data/xarray_dataset')).toMatchObject({ specs: [{ name: 'xarray_dataset' }], metadata: { attrs: {} } });
  });

  it('has the shapes and types of the tree it follows', async () => {
    const all = await nodes();
    const expected: Record<string, [string, number, number[]]> = {
      'scalars/pi': ['f', 8, []], 'scalars/e_arr': ['U', 28, [1]], 'scalars/fsc': ['U', 20, []], 'scalars/fortytwo': ['i', 8, []],
      'nested/images/tiny_image': ['f', 8, [50, 50]], 'nested/images/small_image': ['f', 8, [300, 300]], 'nested/images/medium_image': ['f', 8, [1000, 1000]],
      'nested/images/big_image': ['f', 8, [10_000, 10_000]], 'nested/cubes/tiny_cube': ['f', 8, [50, 50, 50]], 'nested/cubes/tiny_hypercube': ['f', 8, [50, 50, 50, 50, 50]],
      'structured_data/pets': ['struct', 48, [2]], 'structured_data/xarray_dataset/temperature': ['f', 8, [2, 2, 3]], 'structured_data/xarray_dataset/time': ['M', 8, [3]],
      flat_array: ['f', 8, [100]], low_entropy: ['i', 4, [100, 100]], high_entropy: ['i', 8, [100, 100]], dynamic: ['f', 8, [3, 3]],
      'arrays/medium': ['f', 8, [1000, 1000]], 'arrays/large': ['f', 8, [10_000, 10_000]],
    };
    for (const [path, [kind, itemsize, shape]] of Object.entries(expected)) {
      const { dataType, grid } = arrayAt(all, path);
      expect([path, dataType.kind, dataType.itemsize, grid.shape]).toEqual([path, kind, itemsize, shape]);
    }
    expect(gridShape(arrayAt(all, 'nested/images/big_image').grid)).toEqual([3, 3]);
    expect(gridShape(arrayAt(all, 'nested/cubes/tiny_hypercube').grid)).toEqual([2, 2, 2, 2, 2]);
    expect(all.get('nested/sparse_image')!.structure).toMatchObject({ family: 'sparse', sparse: { shape: [100, 100] } });
    expect(all.get('tables/long_table')!.structure).toMatchObject({ family: 'table', table: { columns: ['A', 'B', 'C'], partitionCount: 5, rowCount: 100_000 } });
    expect(all.get('dataframes/df')!.structure).toMatchObject({ family: 'table', table: { columns: ['A', 'B', 'C'], partitionCount: 3, rowCount: 100 } });
  });

  it('has inline bytes of the length their shape needs', async () => {
    for (const { manifest } of (await nodes()).values()) {
      if (manifest?.kind !== 'array' || manifest.refs.form !== 'inline') continue;
      expect(manifest.refs.bytes.byteLength).toBe(elementCount(manifest.grid.shape) * manifest.dataType.itemsize);
    }
  });

  it('gives manifests that survive being stored', async () => {
    for (const { manifest } of (await nodes()).values()) if (manifest) expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  it('is the same each time', async () => {
    expect([...(await nodes()).values()]).toEqual([...(await nodes()).values()]);
  });
});

describe('demoStore', () => {
  it('makes whole chunks, random and the same at each read', async () => {
    const manifest = arrayAt(await nodes(), 'nested/images/medium_image');
    const ref = locate(manifest, [3, 9]);
    if (ref?.kind !== 'object') throw new Error('not an object');
    const bytes = (await store.read(ref.uri))!;
    expect(bytes.byteLength).toBe(250 * 100 * 8);
    const values = floats(bytes);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.005);
    expect(new Set(values).size).toBeGreaterThan(values.length * 0.999);
    expect(Buffer.from((await store.read(ref.uri))!).equals(bytes)).toBe(true);
    expect(Buffer.from((await store.read(ref.uri.replace(/9$/, '8')))!).equals(bytes)).toBe(false);
  });

  it('makes any range as the whole has it', async () => {
    const uri = 'demo:/nested/cubes/tiny_cube/c/0/0/0';
    const whole = Buffer.from((await store.read(uri))!);
    for (const [byteOffset, byteLength] of [[0, 1], [3, 9], [8, 8], [999_990, 100], [999_999, 1], [2_000_000, 5]] as const) {
      expect(whole.subarray(byteOffset, byteOffset + byteLength).equals((await store.read(uri, { byteOffset, byteLength }))!)).toBe(true);
    }
  });

  it('makes a small range of a large chunk without the rest', async () => {
    const read = await store.read('demo:/nested/images/big_image/c/2/2', { byteOffset: 4096 * 4096 * 8 - 16, byteLength: 16 });
    expect(floats(read!)).toHaveLength(2);
  });

  it('gives different values of what is dynamic at each read', async () => {
    const uri = 'demo:/dynamic/c/0/0';
    const [first, second] = [floats((await store.read(uri))!), floats((await store.read(uri))!)];
    expect(first.every((value) => value === first[0])).toBe(true);
    expect(second[0]).toBeGreaterThan(first[0]!);
    expect(arrayAt(await nodes(), 'dynamic').volatile).toBe(true);
  });

  it('has nothing elsewhere', async () => {
    for (const uri of ['demo:/nowhere', 'demo:/flat_array/c/1', 'demo:/flat_array/c/00', 'demo:/flat_array/c/0/0', 'demo:/flat_array', 'demo:/tables/df/9.arrow', 'file:///etc/passwd']) {
      expect(await store.read(uri)).toBeUndefined();
    }
    expect(await store.stat('demo:/nowhere')).toBeUndefined();
  });

  it('stops when the caller goes away', async () => {
    const signal = AbortSignal.abort();
    await expect(store.read('demo:/nested/images/big_image/c/0/0', undefined, { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('lists what it has', async () => {
    const uris: string[] = [];
    for await (const entry of store.list('demo:/dataframes/df')) uris.push(`${entry.uri} ${entry.isDirectory}`);
    expect(uris).toEqual(['demo:/dataframes/df/0.arrow false', 'demo:/dataframes/df/1.arrow false', 'demo:/dataframes/df/2.arrow false']);
    expect(await store.stat('demo:/nested')).toMatchObject({ isDirectory: true });
    expect(await store.stat('demo:/flat_array/c/0')).toMatchObject({ isDirectory: false, byteLength: 800 });
  });
});

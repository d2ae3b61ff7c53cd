import { demoStore, demoTree } from '@tessera/demo';
import { parseSelection, type IndexedNode, type Manifest } from '@tessera/domain';
import { collect, manifestStore, ticketFor } from '../test/stored-example.ts';
import { ReaderService } from './index.ts';

async function demo(): Promise<{ nodes: ReadonlyMap<string, IndexedNode>; reader: ReaderService }> {
  const nodes = new Map<string, IndexedNode>();
  for await (const node of demoTree()) nodes.set(node.path.join('/'), node);
  const manifests: Record<string, Manifest> = {};
  for (const [path, { manifest }] of nodes) if (manifest) manifests[path] = manifest;
  return { nodes, reader: new ReaderService(demoStore(), manifestStore(manifests)) };
}

describe('the demo', () => {
  it('can be read, node by node', async () => {
    const { nodes, reader } = await demo();
    for (const [path, { structure }] of nodes) {
      if (structure.family === 'array') {
        const corner = structure.array.shape.map(() => '-2:').join(',');
        const read = await collect(reader.readArray(ticketFor(path), { selection: parseSelection(corner), mediaType: 'application/octet-stream' }));
        const count = structure.array.shape.reduce((product, length) => product * Math.min(length, 2), 1);
        expect([path, read.byteLength]).toEqual([path, count * structure.array.dataType.itemsize]);
        expect((await reader.describe(ticketFor(path), undefined)).grid).toEqual({ shape: structure.array.shape, chunks: structure.array.chunks });
      } else if (structure.family === 'table') {
        const csv = (await collect(reader.readTable(ticketFor(path), { mediaType: 'text/csv', partitions: { start: 0, stop: 1 } }))).toString();
        expect(csv.split('\n')[0]).toBe(structure.table.columns.join(','));
        for (const column of structure.table.columns) expect((await reader.describe(ticketFor(path), column)).grid.shape).toEqual([structure.table.rowCount]);
      }
    }
  });

  it('has the constants it promises', async () => {
    const { reader } = await demo();
    const json = async (path: string) => JSON.parse((await collect(reader.readArray(ticketFor(path), { selection: [], mediaType: 'application/json' }))).toString()) as unknown;
    expect(await json('scalars/pi')).toBe(3.14159);
    expect(await json('scalars/fortytwo')).toBe(42);
    expect(await json('scalars/e_arr')).toEqual(['2.71828']);
    expect(await json('scalars/fsc')).toBe('1/137');
    expect(await json('structured_data/pets')).toEqual([['Rex', 9, 81], ['Fido', 3, 27]]);
    expect(await json('structured_data/xarray_dataset/time')).toEqual(['2014-09-06T00:00:00', '2014-09-07T00:00:00', '2014-09-08T00:00:00']);
    expect(await json('dynamic')).not.toEqual(await json('dynamic'));
  });

  it('has a sparse image that is sparse', async () => {
    const { reader } = await demo();
    const { data } = JSON.parse((await collect(reader.readArray(ticketFor('nested/sparse_image'), { selection: [], mediaType: 'application/json' }))).toString()) as { data: number[] };
    expect(data.length).toBeGreaterThan(800);
    expect(data.length).toBeLessThan(1200);
    expect(data.every((value) => value > 0.9)).toBe(true);
  });
});

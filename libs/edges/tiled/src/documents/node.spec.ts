import { parseScalarType, structType, type Node, type Structure } from '@tessera/domain';
import { dataTypeDocument } from './data-type.ts';
import { nodeDocument, nodeFields, type NodeView } from './node.ts';
import { maxListedChunks, publishedGrid } from './published-grid.ts';
import { structureDocument } from './structure.ts';

const base = 'http://localhost:8000/api/v1';
const view = (fields: NodeView['fields'] = new Set(nodeFields), more: Partial<NodeView> = {}): NodeView => ({ fields, omitLinks: false, includeDataSources: false, ...more });
const node = (path: string[], structure: Structure, more: Partial<Node> = {}): Node => ({ id: 7, path, structure, metadata: {}, specs: [], insideFile: false, revision: 1, ...more });
const image: Structure = { family: 'array', array: { shape: [24, 32], chunks: [24, 32], dataType: parseScalarType('|u1') } };

describe('a node on the wire', () => {
  it('has every attribute of an array', () => {
    const described = node(['img'], image, { metadata: { color: 'gray', n: 3 }, specs: [{ name: 'image', version: '1.0' }] });
    expect(nodeDocument(base, described, view())).toEqual({
      id: 'img',
      attributes: {
        ancestors: [], structure_family: 'array', specs: [{ name: 'image', version: '1.0' }], metadata: { color: 'gray', n: 3 },
        structure: { data_type: { endianness: 'not_applicable', kind: 'u', itemsize: 1, dt_units: null }, chunks: [[24], [32]], shape: [24, 32], dims: null, resizable: false },
        access_blob: {}, sorting: null, data_sources: null,
      },
      links: { self: `${base}/metadata/img`, full: `${base}/array/full/img`, block: `${base}/array/block/img?block={0},{1}` },
      meta: null,
    });
  });

  it('has a count and a default sorting as a container; the root has links that end in a slash', () => {
    expect(nodeDocument(base, node([], { family: 'container' }, { childCount: 8 }), view())).toEqual({
      id: '',
      attributes: {
        ancestors: [], structure_family: 'container', specs: [], metadata: {}, structure: { contents: null, count: 8 },
        access_blob: {}, sorting: [{ key: '', direction: 1 }], data_sources: null,
      },
      links: { self: `${base}/metadata/`, search: `${base}/search/`, full: `${base}/container/full/` },
      meta: null,
    });
  });

  it('has only what is asked for, and null for the rest', () => {
    expect(nodeDocument(base, node(['a', 'k'], image), view(new Set([''])))).toEqual({
      id: 'k',
      attributes: { ancestors: ['a'], structure_family: null, specs: null, metadata: null, structure: null, access_blob: null, sorting: null, data_sources: null },
      links: { self: `${base}/metadata/a/k` },
      meta: null,
    });
    const structureOnly = nodeDocument(base, node(['img'], image), view(new Set(['structure']), { omitLinks: true }));
    expect(structureOnly).toMatchObject({ attributes: { structure_family: null, specs: null, structure: { shape: [24, 32] } }, links: null });
    // A container always says that it is one.
    expect(nodeDocument(base, node(['c'], { family: 'container' }), view(new Set(['metadata']))).attributes).toMatchObject({ structure_family: 'container', structure: null, metadata: {} });
    expect(nodeDocument(base, node(['c'], { family: 'container' }, { childCount: 2 }), view(new Set(['count']))).attributes).toMatchObject({ structure: { contents: null, count: 2 } });
  });

  it('lists data sources if asked', () => {
    const source = {
      id: 11, mediaType: 'application/x-hdf5', parameters: {}, properties: {}, management: 'external' as const,
      assets: [{ id: 10, uri: 'file://localhost/data/a.h5', isDirectory: false, byteLength: 5, parameter: 'data_uris', ordinal: 0 }],
    };
    const { data_sources: listed } = nodeDocument(base, node(['img'], image, { dataSources: [source] }), view(undefined, { includeDataSources: true })).attributes;
    expect(listed).toMatchObject([{
      id: 11, structure_family: 'array', structure: { shape: [24, 32] }, mimetype: 'application/x-hdf5', parameters: {}, properties: {},
      assets: [{ data_uri: 'file://localhost/data/a.h5', is_directory: false, size: 5, parameter: 'data_uris', num: 0, id: 10 }], management: 'external',
    }]);
  });

  it('has escaped keys in its links, and none in its ancestors', () => {
    const { links, attributes } = nodeDocument(base, node(['a b', 'x?#%{0}'], image), view());
    expect(links!['full']).toBe(`${base}/array/full/a%20b/x%3F%23%25%7B0%7D`);
    expect(attributes['ancestors']).toEqual(['a b']);
  });
});

describe('structures', () => {
  it('of sparse arrays, tables and bytes', () => {
    expect(structureDocument({ family: 'sparse', sparse: { shape: [4, 5], chunks: [4, 5], dataType: parseScalarType('<f8'), coordinateType: parseScalarType('<i8') } })).toEqual({
      chunks: [[4], [5]], shape: [4, 5], data_type: { endianness: 'little', kind: 'f', itemsize: 8, dt_units: null },
      coord_data_type: { endianness: 'little', kind: 'i', itemsize: 8, dt_units: null }, dims: null, resizable: false, layout: 'COO',
    });
    expect(structureDocument({ family: 'table', table: { arrowSchema: '/////w==', columns: ['a'], partitionCount: 2 } })).toEqual({
      arrow_schema: 'data:application/vnd.apache.arrow.file;base64,/////w==', npartitions: 2, columns: ['a'], resizable: false,
    });
    expect(structureDocument({ family: 'bytes' })).toEqual({});
  });

  it('list chunks: regular, irregular, none, and of axes without length', () => {
    const chunks = (shape: number[], listed: (number | number[])[]) =>
      (structureDocument({ family: 'array', array: { shape, chunks: listed, dataType: parseScalarType('<i8') } }) as { chunks: unknown }).chunks;
    expect(chunks([3, 4, 5], [[2, 1], 4, 3])).toEqual([[2, 1], [4], [3, 2]]);
    expect(chunks([], [])).toEqual([]);
    expect(chunks([0, 3], [5, 3])).toEqual([[0], [3]]);
  });

  it('never list more chunks than a document can carry', () => {
    const grid = { shape: [10 ** 9, 3], chunks: [1, 3] };
    const published = publishedGrid(grid);
    expect(published).toEqual({ shape: grid.shape, chunks: [10 ** 9 / maxListedChunks, 3], isStored: false });
    const lengths = Array.from({ length: maxListedChunks + 1 }, () => 2);
    const merged = publishedGrid({ shape: [2 * lengths.length], chunks: [lengths] });
    expect((merged.chunks[0] as number[]).reduce((sum, length) => sum + length)).toBe(2 * lengths.length);
    expect((merged.chunks[0] as number[]).length).toBeLessThanOrEqual(maxListedChunks);
    expect(publishedGrid({ shape: [4], chunks: [[1, 3]] }).isStored).toBe(true);
  });

  it('write data types: units, strings, structs with sub-arrays', () => {
    expect(dataTypeDocument(parseScalarType('<M8[10ms]'))).toEqual({ endianness: 'little', kind: 'M', itemsize: 8, dt_units: '[10ms]' });
    expect(dataTypeDocument(parseScalarType('>U3'))).toEqual({ endianness: 'big', kind: 'U', itemsize: 12, dt_units: null });
    expect(dataTypeDocument(parseScalarType('|S3'))).toEqual({ endianness: 'not_applicable', kind: 'S', itemsize: 3, dt_units: null });
    const struct = structType([{ name: 'a', dataType: parseScalarType('<i4') }, { name: 'b', dataType: parseScalarType('<f8'), shape: [2] }]);
    expect(dataTypeDocument(struct)).toEqual({
      itemsize: 20,
      fields: [
        { name: 'a', dtype: { endianness: 'little', kind: 'i', itemsize: 4, dt_units: null }, shape: null },
        { name: 'b', dtype: { endianness: 'little', kind: 'f', itemsize: 8, dt_units: null }, shape: [2] },
      ],
    });
  });
});

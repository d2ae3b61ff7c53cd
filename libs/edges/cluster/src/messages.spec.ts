// Every field of every request and answer crosses the wire. The samples are `Required<…>`: a field that is added to
// a port and forgotten here does not compile, one that is forgotten on the wire fails.
import type { MethodDefinition } from '@grpc/grpc-js';
import type {
  ArrayLayout, ArrayRequest, ChunkRequest, DataSource, DataSourceDraft, FileSeries, FindRequest, IndexRequest, ListRequest, Node, NodeDraft, Page, PageRequest, Source, TableRequest,
} from '@tessera/domain';
import { decodeListRequest, encodeChildren } from './catalog/catalog.wire.ts';
import { decodeDraft, decodeNode, decodeSource, encodeDraft, encodeNode, encodeSource } from './catalog/node.wire.ts';
import { decodePage, encodePageEnd } from './catalog/page.wire.ts';
import { decodeIndexRequest, encodeIndexRequest } from './indexer/indexer.wire.ts';
import { loadService, type ServiceKey } from './protos.ts';
import { decodeArrayRequest, decodeChunkRequest, decodeLayout, decodeTableRequest, encodeArrayRequest, encodeChunkRequest, encodeLayout, encodeTableRequest } from './reader/reader.wire.ts';
import { decodeFind, encodeFind } from './search/search.wire.ts';
import { deriveClusterKeys } from './signature.ts';

type Message = Record<string, unknown>;

const method = (service: ServiceKey, name: string) => loadService(service)[name] as MethodDefinition<unknown, unknown>;
const asRequest = (service: ServiceKey, name: string, message: object) => method(service, name).requestDeserialize(method(service, name).requestSerialize(message)) as Message;
const asReply = (service: ServiceKey, name: string, message: object) => method(service, name).responseDeserialize(method(service, name).responseSerialize(message)) as Message;

const key = deriveClusterKeys('the secret of this test').ticket;
const ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: 1 };
const page: Required<PageRequest> = { limit: 7, offset: 3, cursor: 9 };
const sort = [{ key: { metadata: ['a', 'b.c', ''] }, direction: -1 }, { key: { column: 'default' }, direction: 1 }, { key: { column: 'id' }, direction: -1 }] as const;

const source: Required<Omit<Source, 'isAppended' | 'isAbsent'>> = { uri: 'file:///a%20b', byteLength: 2 ** 40, modifiedAtMs: 1_700_000_000_000.25, etag: '"x"' };
const sourceDraft: Required<DataSourceDraft> = {
  mediaType: 'text/csv', parameters: { a: 1 }, properties: { b: [null] }, management: 'locked', assets: [{ ...source, isDirectory: true, parameter: 'data_uris', ordinal: 0 }],
};
const dataSource: Required<DataSource> = {
  id: 5, mediaType: 'text/csv', parameters: { a: 1 }, properties: {}, management: 'writable',
  assets: [{ id: 6, uri: 'file:///a', isDirectory: false, byteLength: 0, parameter: 'p', ordinal: 3 }],
};
const draft: Required<NodeDraft> = {
  path: ['a', 'ü/ 🙂'], structure: { family: 'array', array: { dataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' }, shape: [2], chunks: [[1, 1]], dims: ['x'] } },
  metadata: { deep: { list: [1.5, 'x', null, true] } }, specs: [{ name: 'a', version: '1' }, { name: 'b' }], manifestId: 'm', problem: '', dataSource: sourceDraft,
};
const { dataSource: _, ...draftOfNode } = draft;
const node: Required<Node> = { ...draftOfNode, id: 2 ** 40, parentId: 0, insideFile: true, childCount: 0, dataSources: [dataSource], revision: 3 };

describe('messages carry every field', () => {
  it('of nodes and drafts, also when there is little in them', () => {
    expect(decodeNode(asReply('catalog', 'Resolve', { node: encodeNode(node) })['node'] as Message)).toEqual(node);
    const plain: Node = { id: 1, path: [], structure: { family: 'container' }, metadata: {}, specs: [], insideFile: false, revision: 0 };
    expect(decodeNode(asReply('catalog', 'Resolve', { node: encodeNode(plain) })['node'] as Message)).toStrictEqual(plain);
    expect(decodeNode(asReply('catalog', 'Resolve', { node: encodeNode({ ...plain, dataSources: [] }) })['node'] as Message)).toStrictEqual({ ...plain, dataSources: [] });
    expect(decodeDraft(asReply('indexer', 'Index', encodeDraft(draft)))).toEqual(draft);
    const little: NodeDraft = { path: [], structure: { family: 'bytes' }, metadata: {}, specs: [], dataSource: { mediaType: 'm', management: 'external', assets: [] } };
    expect(decodeDraft(asReply('indexer', 'Index', encodeDraft(little)))).toStrictEqual(little);
  });

  it('of sources', () => {
    const sent = asReply('catalog', 'RegisteredSources', { sources: [{ source: encodeSource(source), path: [] }, { source: encodeSource({ uri: 'u' }), path: ['a'] }] })['sources'] as Message[];
    expect(decodeSource(sent[0]!['source'] as Message)).toEqual(source);
    expect(decodeSource(sent[1]!['source'] as Message)).toStrictEqual({ uri: 'u' });
  });

  it('of listings and searches', () => {
    const listing: Required<ListRequest> = { page, sort, exactCount: false, readableOnly: true, withDataSources: true, withChildCount: false };
    expect(decodeListRequest(asRequest('catalog', 'Children', encodeChildren(['a'], listing)))).toEqual(listing);
    expect(decodeListRequest(asRequest('catalog', 'Children', encodeChildren([], { page: { limit: 0 }, sort: [] })))).toStrictEqual({ page: { limit: 0 }, sort: [] });
    const finding: Required<FindRequest> = { parentId: 0, query: { op: 'not', query: { op: 'eq', key: ['a'], value: null } }, page, sort, exactCount: true };
    expect(decodeFind(asRequest('search', 'Find', encodeFind(finding)))).toEqual(finding);
    const pages: Page<number>[] = [{ items: [1], count: 5, next: { cursor: 0 } }, { items: [], count: 0 }, { items: [2], count: 2, next: { offset: 0 } }];
    for (const each of pages) expect(decodePage(each.items, asReply('search', 'Find', { ids: each.items, ...encodePageEnd(each) }))).toStrictEqual(each);
  });

  it('of reads', () => {
    const chunk: Required<ChunkRequest> = { chunkIndex: [0, 3], chunkShape: [1, 2], codecs: [{ name: 'bytes', configuration: { endian: 'big' } }, { name: 'zstd' }], column: '', isFilled: true, knownVersion: '1-2', range: { start: 0, end: 2 ** 40 } };
    expect(decodeChunkRequest(asRequest('reader', 'ReadChunk', encodeChunkRequest(ticket, chunk, key)))).toEqual(chunk);
    for (const range of [{ start: 7 }, { suffixByteLength: 0 }]) expect(decodeChunkRequest(asRequest('reader', 'ReadChunk', encodeChunkRequest(ticket, { ...chunk, range }, key)))).toEqual({ ...chunk, range });
    const scalar: ChunkRequest = { chunkIndex: [], chunkShape: [], codecs: [] };
    expect(decodeChunkRequest(asRequest('reader', 'ReadChunk', encodeChunkRequest(ticket, scalar, key)))).toStrictEqual(scalar);
    const array: Required<ArrayRequest> = {
      selection: [{ kind: 'index', index: 0 }, { kind: 'index', index: -3 }, { kind: 'slice' }, { kind: 'slice', start: 0, stop: -1, step: -(2 ** 40) }], block: [], mediaType: 'text/csv', column: 'c',
    };
    expect(decodeArrayRequest(asRequest('reader', 'ReadArray', encodeArrayRequest(ticket, array, key)))).toEqual(array);
    expect(decodeArrayRequest(asRequest('reader', 'ReadArray', encodeArrayRequest(ticket, { selection: [], mediaType: 'x' }, key)))).toStrictEqual({ selection: [], mediaType: 'x' });
    const table: Required<TableRequest> = {
      columns: [], partitions: { start: 0, stop: 2 }, rows: { start: 0, stop: 2 ** 40 }, mediaType: 'x',
      filter: { and: [{ not: { column: 'a', op: 'isnull' } }, { column: 'a', op: 'in', values: [1, '9007199254740993'] }, { column: 'b', op: 'lt', value: 1.5 }] },
    };
    expect(decodeTableRequest(asRequest('reader', 'ReadTable', encodeTableRequest(ticket, table, key)))).toEqual(table);
    expect(decodeTableRequest(asRequest('reader', 'ReadTable', encodeTableRequest(ticket, { mediaType: 'x' }, key)))).toStrictEqual({ mediaType: 'x' });
  });

  it('of layouts', () => {
    const layout: Required<ArrayLayout> = {
      dataType: { kind: 'struct', itemsize: 6, fields: [{ name: 'a', dataType: { kind: 'i', itemsize: 2, endianness: 'big' }, shape: [3] }] },
      grid: { shape: [0, 5], chunks: [1, [2, 3]] }, edge: 'clipped', fillValue: Uint8Array.of(0, 1), codecs: [{ name: 'bytes' }], volatile: true,
    };
    expect(decodeLayout(asReply('reader', 'Describe', encodeLayout(layout)))).toStrictEqual(layout);
    const { fillValue: _fill, ...without } = layout;
    const empty: ArrayLayout = { ...without, grid: { shape: [], chunks: [] }, volatile: false };
    expect(decodeLayout(asReply('reader', 'Describe', encodeLayout(empty)))).toStrictEqual(empty);
    expect(decodeLayout(asReply('reader', 'Describe', encodeLayout({ ...empty, fillValue: new Uint8Array(0) })))).toStrictEqual({ ...empty, fillValue: new Uint8Array(0) });
  });

  it('of files to index', () => {
    const series: Required<FileSeries> = {
      prefix: 'a%20', suffix: '.tif', width: 4, numbers: [0, 7, 2 ** 50], byteLengths: [0, NaN, 2 ** 40], modifiedAtMs: [NaN, -1, 1.7e12], etags: ['"a"', '', 'c'], previous: { manifestId: 'ab.0.1', metadata: { a: [null] } },
    };
    const request: Required<IndexRequest> = { uri: 'file:///a', mediaType: 'text/csv', parameters: { sep: ';' }, series };
    expect(decodeIndexRequest(asRequest('indexer', 'Index', encodeIndexRequest(request)))).toEqual(request);
    expect(decodeIndexRequest(asRequest('indexer', 'Index', encodeIndexRequest({ uri: 'u' })))).toStrictEqual({ uri: 'u' });
  });
});

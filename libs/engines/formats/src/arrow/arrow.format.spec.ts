import { readFileSync } from 'node:fs';
import type { ByteStore, IndexedNode, TableManifest } from '@tessera/domain';
import { closeParquet, decodeSchemaMessage, makeBatch, writeIpcFile } from '@tessera/arrow';
import { parquetFormat } from '../parquet/parquet.format.ts';
import { arrowFormat } from './arrow.format.ts';

afterAll(() => closeParquet());

const fixture = (path: string) => readFileSync(new URL(`../../../../../fixtures/${path}`, import.meta.url));

async function index(format: typeof arrowFormat, bytes: Uint8Array): Promise<{ node: IndexedNode; manifest: TableManifest; readByteLength: number }> {
  let readByteLength = 0;
  const store = {
    read: async (_uri: string, range: { byteOffset: number; byteLength: number }) => {
      const part = bytes.subarray(range.byteOffset, range.byteOffset + range.byteLength);
      readByteLength += part.byteLength;
      return part;
    },
  } as unknown as ByteStore;
  const [node] = await Array.fromAsync(format.index({ uri: 'memory:t', isDirectory: false, byteLength: bytes.byteLength }, store, {}));
  return { node: node!, manifest: node!.manifest as TableManifest, readByteLength };
}

async function arrowFile(batchCount: number, rowCount: number): Promise<Uint8Array> {
  const batch = makeBatch({ x: new Float64Array(rowCount) });
  return Buffer.concat(await Array.fromAsync(writeIpcFile(batch.schema, (async function* () { for (let i = 0; i < batchCount; i++) yield batch; })())));
}

describe('Arrow', () => {
  it('puts small batches together, and reads headers only', async () => {
    const bytes = await arrowFile(10, 200_000); // 1.6 MB each
    const { manifest, readByteLength } = await index(arrowFormat, bytes);
    expect(manifest.partitions.map((partition) => partition.rowCount)).toEqual([1_000_000, 1_000_000]);
    expect(readByteLength).toBeLessThan(20_000);
  });

  it('keeps the schema message of the file', async () => {
    const bytes = fixture('arrow/pandas.arrow');
    const { node, manifest } = await index(arrowFormat, bytes);
    expect(bytes.includes(Buffer.from(manifest.schema))).toBe(true);
    expect(node.structure).toMatchObject({ table: { arrowSchema: Buffer.from(manifest.schema).toString('base64'), columns: ['A', 'B', 'row'] } });
    expect(node.dataSource).toMatchObject({ mediaType: 'application/vnd.apache.arrow.file' });
  });

  it('has a partition without rows if there are none', async () => {
    expect((await index(arrowFormat, await arrowFile(0, 0))).manifest.partitions).toMatchObject([{ rowCount: 0, byteLength: 0 }]);
  });

  it('takes Arrow and Feather by their first bytes or suffix', () => {
    const sniff = (uri: string, head = '') => arrowFormat.sniff({ uri, isDirectory: false }, Buffer.from(head), undefined as never);
    expect([sniff('file:///a.bin', 'ARROW1\0\0'), sniff('file:///a.feather'), sniff('file:///a.arrow'), sniff('file:///a.bin', 'ARR')]).toEqual([true, true, true, false]);
  });

  it('says what to do with Feather version 1', async () => {
    await expect(index(arrowFormat, Buffer.from('FEA1 and more of it, long enough FEA1'))).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(/version 2/) });
  });

  it('refuses a footer that points outside the file', async () => {
    const bytes = Buffer.from(await arrowFile(1, 10));
    const at = bytes.byteLength - 10 - bytes.readInt32LE(bytes.byteLength - 10);
    const moved = Buffer.from(bytes);
    // Every int64 of the footer that is the offset of the batch.
    for (let i = at; i + 8 <= bytes.byteLength - 10; i++) if (bytes.readBigInt64LE(i) > 100n && bytes.readBigInt64LE(i) < BigInt(bytes.byteLength)) moved.writeBigInt64LE(BigInt(bytes.byteLength), i);
    await expect(index(arrowFormat, moved)).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('Parquet', () => {
  it('has a partition a row group, and no dictionaries', async () => {
    const { node, manifest } = await index(parquetFormat, fixture('parquet/groups.parquet'));
    expect(manifest.partitions.map(({ rowCount, detail }) => [rowCount, detail])).toEqual([[300, { rowGroup: 0 }], [300, { rowGroup: 1 }], [300, { rowGroup: 2 }], [100, { rowGroup: 3 }]]);
    expect(node.structure).toMatchObject({ family: 'table', table: { rowCount: 1000, partitionCount: 4 } });
    expect(node.dataSource).toMatchObject({ mediaType: 'application/x-parquet' });
    const pandas = decodeSchemaMessage((await index(parquetFormat, fixture('parquet/pandas.parquet'))).manifest.schema);
    expect(pandas.fields.map((field) => String(field.type))).toEqual(['Float64', 'Utf8', 'Timestamp<NANOSECOND>', 'Int64']);
    expect(JSON.parse(pandas.metadata.get('pandas')!)).toMatchObject({ index_columns: ['row'] });
  });

  it('takes files by their first bytes or suffix', () => {
    const sniff = (uri: string, head = '') => parquetFormat.sniff({ uri, isDirectory: false }, Buffer.from(head), undefined as never);
    expect([sniff('file:///a', 'PAR1....'), sniff('file:///a.parquet'), sniff('file:///a.PQ'), sniff('file:///a.par', 'PARX')]).toEqual([true, true, true, false]);
  });
});

import { encodeSchemaMessage, readIpcFileLayout, type Schema } from '@tessera/arrow';
import type {
  ArrayManifest, ArrayStructure, CodecSpec, DataType, IndexedNode, JsonObject, Partition, Spec, TableManifest,
} from '@tessera/domain';
import { sparseImageBatch, sparseImageFile, sparseImageObject, sparseImagePath, sparseImageShape } from './demo-sparse.ts';
import { chunkKeys, demoUri } from './demo-store.ts';
import { demoTables, partitionRows, schemaOf, tableObject } from './demo-tables.ts';
import { bytesOf, float64, int64, petBytes, petType, textBytes, textType } from './inline-values.ts';
import { madeArrays } from './made-arrays.ts';

const plain: readonly CodecSpec[] = [{ name: 'bytes', configuration: { endian: 'little' } }];
const green: JsonObject = { animal: 'cat', color: 'green' };
const red: JsonObject = { animal: 'dog', color: 'red' };

/** The demo: Tiled's tree of examples, and the smaller one of its first page. Parents come before their children. */
export async function* demoTree(): AsyncGenerator<IndexedNode> {
  yield container('', {});
  yield container('scalars', { numbers: 'constants', precision: 5 });
  yield inlineArray('scalars/pi', float64, [], bytesOf(Float64Array.of(3.14159)));
  yield inlineArray('scalars/e_arr', textType(7), [1], textBytes('2.71828', 7));
  yield inlineArray('scalars/fsc', textType(5), [], textBytes('1/137', 5));
  yield inlineArray('scalars/fortytwo', int64, [], bytesOf(BigInt64Array.of(42n)));
  yield container('nested', green);
  yield container('nested/images', green);
  for (const size of ['tiny', 'small', 'medium', 'big']) yield madeArray(`nested/images/${size}_image`);
  yield container('nested/cubes', red);
  yield madeArray('nested/cubes/tiny_cube');
  yield madeArray('nested/cubes/tiny_hypercube');
  yield await sparseImage();
  yield container('tables', {});
  yield await table('tables/short_table', red);
  yield await table('tables/long_table', { animal: 'dog', color: 'green' });
  yield await table('tables/wide_table', red);
  yield container('structured_data', green);
  yield pets();
  yield* weather('structured_data/xarray_dataset');
  for (const name of ['flat_array', 'low_entropy', 'high_entropy', 'dynamic']) yield madeArray(name);
  yield container('arrays', {});
  for (const name of ['tiny', 'small', 'medium', 'large']) yield madeArray(`arrays/${name}`);
  yield container('dataframes', {});
  yield await table('dataframes/df', {});
}

function node(path: string, rest: Omit<IndexedNode, 'path' | 'metadata' | 'specs'>, metadata: JsonObject = {}, specs: readonly Spec[] = []): IndexedNode {
  return { path: path.split('/').filter((key) => key !== ''), metadata, specs, ...rest };
}

function container(path: string, metadata: JsonObject, specs: readonly Spec[] = []): IndexedNode {
  return node(path, { structure: { family: 'container' } }, metadata, specs);
}

function madeArray(path: string): IndexedNode {
  const { dataType, grid, isVolatile } = madeArrays.get(path)!;
  const refs = { form: 'template', prefix: demoUri(path), ...chunkKeys } as const;
  const manifest: ArrayManifest = { kind: 'array', dataType, grid, edge: 'padded', codecs: plain, refs, sources: [], ...(isVolatile ? { volatile: true } : {}) };
  return node(path, { structure: { family: 'array', array: { dataType, ...grid } }, manifest });
}

interface InlineOptions {
  readonly dims?: readonly string[];
  readonly metadata?: JsonObject;
  readonly specs?: readonly Spec[];
}

/** An array that lies in its manifest. */
function inlineArray(path: string, dataType: DataType, shape: readonly number[], bytes: Uint8Array, { dims, metadata, specs }: InlineOptions = {}): IndexedNode {
  const manifest: ArrayManifest = { kind: 'array', dataType, grid: { shape, chunks: shape }, edge: 'padded', codecs: plain, refs: { form: 'inline', bytes }, sources: [] };
  const array: ArrayStructure = { dataType, shape, chunks: shape, ...(dims ? { dims } : {}) };
  return node(path, { structure: { family: 'array', array }, manifest }, metadata, specs);
}

function pets(): IndexedNode {
  const bytes = petBytes([{ name: 'Rex', age: 9, weight: 81 }, { name: 'Fido', age: 3, weight: 27 }]);
  return inlineArray('structured_data/pets', petType, [2], bytes);
}

/** A data set as xarray models it: variables over a curved grid and three days. */
function* weather(path: string): Generator<IndexedNode> {
  const variable = (kind: 'coord' | 'data_var', dims: readonly string[]) => ({ dims, metadata: { attrs: {} }, specs: [{ name: `xarray_${kind}` }] });
  const floats = (...values: number[]) => bytesOf(Float64Array.from(values));
  const days = [16_319n, 16_320n, 16_321n].map((day) => day * 86_400_000_000_000n);
  const nanoseconds = { kind: 'M', itemsize: 8, endianness: 'little', units: '[ns]' } as const;
  yield container(path, { attrs: {} }, [{ name: 'xarray_dataset' }]);
  yield inlineArray(`${path}/temperature`, float64, [2, 2, 3], floats(29.1, 18.2, 22.8, 32.7, 25.2, 18.2, 9.6, 14.2, 17.3, 11.4, 16.9, 15.7), variable('data_var', ['x', 'y', 'time']));
  yield inlineArray(`${path}/precipitation`, float64, [2, 2, 3], floats(5.68, 9.26, 0.71, 7.89, 4.61, 5.69, 0.19, 6.18, 9.43, 3.6, 4.38, 6.98), variable('data_var', ['x', 'y', 'time']));
  yield inlineArray(`${path}/lon`, float64, [2, 2], floats(-99.83, -99.32, -99.79, -99.23), variable('coord', ['x', 'y']));
  yield inlineArray(`${path}/lat`, float64, [2, 2], floats(42.25, 42.21, 42.63, 42.59), variable('coord', ['x', 'y']));
  yield inlineArray(`${path}/time`, nanoseconds, [3], bytesOf(BigInt64Array.from(days)), variable('coord', ['time']));
}

async function table(path: string, metadata: JsonObject): Promise<IndexedNode> {
  const demo = demoTables.get(path)!;
  const schema = schemaOf(demo);
  const partitions: Partition[] = [];
  for (let partition = 0; partition < demo.partitionCount; partition++) {
    const file = (await tableObject(`${path}/${partition}.arrow`))!;
    partitions.push(await filePartition(demoUri(`${path}/${partition}.arrow`), file, partitionRows(demo, partition).rowCount));
  }
  const manifest = tableManifest(schema, partitions);
  const columns = schema.fields.map((field) => field.name).filter((name) => name !== 'index');
  const structure = {
    family: 'table',
    table: { arrowSchema: Buffer.from(manifest.schema).toString('base64'), columns, partitionCount: demo.partitionCount, rowCount: demo.rowCount },
  } as const;
  return node(path, { structure, manifest }, metadata, [{ name: 'dataframe' }]);
}

async function sparseImage(): Promise<IndexedNode> {
  const { schema, numRows } = sparseImageBatch();
  const blocks = tableManifest(schema, [await filePartition(demoUri(sparseImageObject), await sparseImageFile(), numRows)]);
  const grid = { shape: sparseImageShape, chunks: sparseImageShape };
  const structure = { family: 'sparse', sparse: { dataType: float64, coordinateType: int64, ...grid } } as const;
  return node(sparseImagePath, { structure, manifest: { kind: 'sparse', dataType: float64, coordinateType: int64, grid, blocks, sources: [] } });
}

function tableManifest(schema: Schema, partitions: readonly Partition[]): TableManifest {
  return { kind: 'table', schema: encodeSchemaMessage(schema), partitions, decoder: { name: 'arrow' }, sources: [] };
}

/** A whole Arrow IPC file as one partition; where its batches lie is written down for the decoder. */
async function filePartition(uri: string, file: Uint8Array, rowCount: number): Promise<Partition> {
  const { batches } = await readIpcFileLayout(file.byteLength, async (byteOffset, byteLength) => file.subarray(byteOffset, byteOffset + byteLength));
  const packed = batches.map((batch) => [batch.byteOffset, batch.headerByteLength, batch.bodyByteLength]);
  return { uri, byteOffset: 0, byteLength: file.byteLength, rowCount, detail: { batches: packed } };
}

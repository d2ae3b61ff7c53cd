// From the bytes of a batch to Arrow columns. Unlike apache-arrow's own loader it reads only the columns
// wanted, bounds what compressed buffers may become, and checks lengths and positions: files are hostile.
import { TesseraError } from '@tessera/domain';
import { DataType, RecordBatch, Schema, Struct, Type, UnionMode, makeData, type Data, type Dictionary, type FixedSizeList, type Union, type Vector } from 'apache-arrow';
import { bitWidth } from '../column/bit-width.ts';
import { decompressBuffer } from './body-compression.ts';
import { checkIndices, checkOffsets, checkUnion, checkViews } from './check-values.ts';
import { damaged } from './damaged.ts';
import type { BatchHeader } from './message.ts';
import { spanFields, unionsHaveValidity, type Cursor, type FieldSpan } from './span-fields.ts';

export type Dictionaries = ReadonlyMap<number, Vector>;

/** What a batch may take in memory when decompressed. */
const maxBatchByteLength = 2 ** 30;
/** Ranges of a body that are nearer than this are read as one. */
const mergeGapByteLength = 64 * 2 ** 10;
/** Bodies up to this size are read at once. */
const smallBodyByteLength = 256 * 2 ** 10;

export interface EncodedBatch {
  readonly header: BatchHeader;
  readonly metadataVersion: number;
  /** Reads bytes of the body, counted from its start. */
  readonly readBody: (byteOffset: number, byteLength: number) => Promise<Uint8Array> | Uint8Array;
}

/**
 * The columns of a batch at `columnIndices` of `schema`, in that order; only their bytes are read.
 * @throws TesseraError gone if the batch is damaged, too_large if it is too much for memory.
 */
export async function loadBatch(schema: Schema, encoded: EncodedBatch, dictionaries: Dictionaries, columnIndices: readonly number[] = schema.fields.map((_, i) => i)): Promise<RecordBatch> {
  const { header, metadataVersion } = encoded;
  const spans = spanFields(schema.fields, header, metadataVersion);
  const budget = { left: maxBatchByteLength };
  const children: Data[] = [];
  const wanted = columnIndices.map((index) => spans[index]!);
  const whole = await readWhole(wanted, encoded);
  for (const span of wanted) {
    const body = whole ?? (await readSpan(span, encoded));
    const loader = new ColumnLoader(encoded, body, dictionaries, span.start, budget);
    children.push(loader.load(span.field.type, header.rowCount));
  }
  const fields = columnIndices.map((index) => schema.fields[index]!);
  const type = new Struct(fields);
  return new RecordBatch(new Schema(fields, schema.metadata), makeData({ type, length: header.rowCount, nullCount: 0, children }));
}

type ReadRegion = (bufferIndex: number) => Uint8Array;

/** Reads the body at once if that is little, or if most of it is wanted: one read for many columns. */
async function readWhole(wanted: readonly FieldSpan[], { header, readBody }: EncodedBatch): Promise<ReadRegion | undefined> {
  const bodyByteLength = header.buffers.reduce((end, region) => Math.max(end, region.byteOffset + region.byteLength), 0);
  const wantedByteLength = wanted.reduce((sum, span) => sum + header.buffers.slice(span.start.buffer, span.endBuffer).reduce((total, region) => total + region.byteLength, 0), 0);
  if (wantedByteLength === 0 || bodyByteLength > maxBatchByteLength) return undefined;
  if (bodyByteLength > smallBodyByteLength && wantedByteLength * 2 < bodyByteLength) return undefined;
  const body = await readBody(0, bodyByteLength);
  return (bufferIndex) => {
    const { byteOffset, byteLength } = header.buffers[bufferIndex]!;
    return body.subarray(byteOffset, byteOffset + byteLength);
  };
}

/** Reads the buffers of one column, neighbours together. */
async function readSpan(span: FieldSpan, { header, readBody }: EncodedBatch): Promise<ReadRegion> {
  const regions = header.buffers.slice(span.start.buffer, span.endBuffer).filter((region) => region.byteLength > 0);
  regions.sort((a, b) => a.byteOffset - b.byteOffset);
  const runs: { start: number; end: number; bytes: Uint8Array }[] = [];
  for (const { byteOffset, byteLength } of regions) {
    const last = runs[runs.length - 1];
    if (last && byteOffset <= last.end + mergeGapByteLength) last.end = Math.max(last.end, byteOffset + byteLength);
    else runs.push({ start: byteOffset, end: byteOffset + byteLength, bytes: new Uint8Array(0) });
  }
  const total = runs.reduce((sum, run) => sum + run.end - run.start, 0);
  if (total > maxBatchByteLength) throw tooLarge();
  for (const run of runs) run.bytes = await readBody(run.start, run.end - run.start);
  return (bufferIndex) => {
    const { byteOffset, byteLength } = header.buffers[bufferIndex]!;
    if (byteLength === 0) return new Uint8Array(0);
    const run = runs.find(({ start, end }) => byteOffset >= start && byteOffset + byteLength <= end)!;
    return run.bytes.subarray(byteOffset - run.start, byteOffset - run.start + byteLength);
  };
}

function tooLarge(): TesseraError {
  return new TesseraError('too_large', `A record batch takes more than ${maxBatchByteLength / 2 ** 20} MiB of memory. Write the file with smaller batches, or ask for fewer columns.`);
}

class ColumnLoader {
  readonly #cursor: Cursor;

  constructor(
    private readonly encoded: EncodedBatch,
    private readonly readRegion: ReadRegion,
    private readonly dictionaries: Dictionaries,
    start: Readonly<Cursor>,
    private readonly budget: { left: number },
  ) {
    this.#cursor = { ...start };
  }

  /** One column or child; `minLength` is what its parent needs of it. */
  load(type: DataType, minLength: number, exact = true): Data {
    const node = this.encoded.header.nodes[this.#cursor.node++]!;
    const { length } = node;
    if (length < minLength || (exact && length !== minLength)) throw damaged('columns differ in length');
    if (type.typeId === Type.Null && !DataType.isDictionary(type)) return makeData({ type, length } as never);
    if (DataType.isUnion(type)) return this.#union(type, length);
    const nullBitmap = this.#validity(length, node.nullCount);
    const common = { type, length, nullCount: nullBitmap ? -1 : 0, nullBitmap };
    if (DataType.isDictionary(type)) return this.#dictionary(type, common);
    switch (type.typeId) {
      case Type.Utf8:
      case Type.Binary:
      case Type.LargeUtf8:
      case Type.LargeBinary:
        return this.#text(type, common);
      case Type.Utf8View:
      case Type.BinaryView:
        return this.#views(common);
      case Type.List:
      case Type.LargeList:
      case Type.Map: {
        const valueOffsets = this.#offsets(length, type.typeId === Type.LargeList);
        const last = checkOffsets(valueOffsets, length);
        return makeData({ ...common, valueOffsets, child: this.load(type.children[0]!.type, last, false) } as never);
      }
      case Type.FixedSizeList: {
        const child = this.load(type.children[0]!.type, length * (type as FixedSizeList).listSize, false);
        return makeData({ ...common, child } as never);
      }
      case Type.Struct: {
        const children = type.children.map((field) => this.load(field.type, length, false)).map((child) => (child.length > length ? child.slice(0, length) : child));
        return makeData({ ...common, children } as never);
      }
      default:
        return makeData({ ...common, data: this.#fixed(Math.ceil((length * bitWidth(type)) / 8)) } as never);
    }
  }

  #text(type: DataType, common: { length: number }): Data {
    const isLarge = type.typeId === Type.LargeUtf8 || type.typeId === Type.LargeBinary;
    const valueOffsets = this.#offsets(common.length, isLarge);
    return makeData({ ...common, valueOffsets, data: this.#fixed(checkOffsets(valueOffsets, common.length)) } as never);
  }

  #views(common: { length: number; nullBitmap: Uint8Array | undefined }): Data {
    const views = this.#fixed(common.length * 16);
    const count = this.encoded.header.viewBufferCounts[this.#cursor.view++] ?? 0;
    const variadicBuffers = Array.from({ length: count }, () => this.#buffer(this.budget.left));
    checkViews(views, common.length, variadicBuffers, validIn(common.nullBitmap));
    return makeData({ ...common, views, variadicBuffers } as never);
  }

  #dictionary(type: Dictionary, common: { length: number; nullBitmap: Uint8Array | undefined }): Data {
    const dictionary = this.dictionaries.get(type.id);
    if (!dictionary) throw damaged('a dictionary is missing');
    const data = this.#fixed((common.length * (type.indices as { bitWidth: number }).bitWidth) / 8);
    const indices = makeData({ ...common, data, dictionary } as never) as Data as Data<Dictionary>;
    checkIndices(indices.values, common.length, dictionary.length, validIn(common.nullBitmap));
    return indices;
  }

  #union(type: Union, length: number): Data {
    if (unionsHaveValidity(this.encoded.metadataVersion)) this.#cursor.buffer++;
    const typeIds = this.#fixed(length);
    const isDense = type.mode === UnionMode.Dense;
    const offsets = isDense ? this.#fixed(length * 4) : undefined;
    const children = type.children.map((field) => this.load(field.type, isDense ? 0 : length, false));
    const data = makeData({ type, length, nullCount: 0, typeIds, valueOffsets: offsets, children } as never) as Data as Data<Union>;
    checkUnion(data.typeIds as Int8Array, length, [...type.typeIds], children.map((child) => child.length), data.valueOffsets as Int32Array | undefined);
    return data;
  }

  #validity(length: number, nullCount: number): Uint8Array | undefined {
    const bitmap = this.#buffer(Math.ceil(length / 8));
    // A writer may leave out the bitmap, or write one although nothing is missing.
    if (nullCount === 0 || bitmap.byteLength === 0) return undefined;
    if (bitmap.byteLength < Math.ceil(length / 8)) throw damaged('a column is cut off');
    return bitmap;
  }

  #offsets(length: number, isLarge: boolean): Int32Array | BigInt64Array {
    const width = isLarge ? 8 : 4;
    const bytes = this.#buffer((length + 1) * width);
    // Of an empty column the offsets may be left out.
    if (bytes.byteLength < width && length === 0) return isLarge ? new BigInt64Array(1) : new Int32Array(1);
    if (bytes.byteLength < (length + 1) * width) throw damaged('a column is cut off');
    return isLarge ? new BigInt64Array(bytes.buffer, bytes.byteOffset, length + 1) : new Int32Array(bytes.buffer, bytes.byteOffset, length + 1);
  }

  /** The next buffer, which must have this many bytes; what is more is left out. */
  #fixed(byteLength: number): Uint8Array {
    const bytes = this.#buffer(byteLength);
    if (bytes.byteLength < byteLength) throw damaged('a column is cut off');
    return bytes.subarray(0, byteLength);
  }

  #buffer(maxByteLength: number): Uint8Array {
    const stored = this.readRegion(this.#cursor.buffer++);
    const { compression } = this.encoded.header;
    if (!compression) return aligned(stored);
    if (maxByteLength > this.budget.left) throw tooLarge();
    const bytes = decompressBuffer(compression, stored, maxByteLength);
    this.budget.left -= bytes.byteLength;
    return aligned(bytes);
  }
}

/** Typed arrays need aligned starts; a range of a file need not have one. (`Buffer.slice` would not copy.) */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 16 === 0 ? bytes : new Uint8Array(bytes);
}

function validIn(nullBitmap: Uint8Array | undefined): (row: number) => boolean {
  return nullBitmap ? (row) => (nullBitmap[row >> 3]! & (1 << (row & 7))) !== 0 : () => true;
}

// Some rows of a batch whose body is not compressed: of each buffer only their bytes are read.
import { DataType, RecordBatch, Schema, Struct, Type, UnionMode, makeData, type Data, type Dictionary, type FixedSizeList, type Union } from 'apache-arrow';
import { bitWidth } from '../column/bit-width.ts';
import { checkIndices, checkOffsets, checkUnion, checkViews } from './check-values.ts';
import { damaged } from './damaged.ts';
import type { Dictionaries, EncodedBatch } from './load-batch.ts';
import { spanFields, unionsHaveValidity, type Cursor } from './span-fields.ts';

/** From `start` up to the one before `stop`. */
export interface BatchRows {
  readonly start: number;
  readonly stop: number;
}

/**
 * The rows of the columns at `columnIndices` of `schema`, in that order.
 * @throws TesseraError gone if the batch is damaged.
 */
export async function loadRows(schema: Schema, encoded: EncodedBatch, dictionaries: Dictionaries, columnIndices: readonly number[], rows: BatchRows): Promise<RecordBatch> {
  const spans = spanFields(schema.fields, encoded.header, encoded.metadataVersion);
  const children = await Promise.all(columnIndices.map((index) => new RowLoader(encoded, dictionaries, spans[index]!.start).load(schema.fields[index]!.type, rows)));
  const fields = columnIndices.map((index) => schema.fields[index]!);
  return new RecordBatch(new Schema(fields, schema.metadata), makeData({ type: new Struct(fields), length: rows.stop - rows.start, nullCount: 0, children }));
}

/** Reads one column or child; buffers are taken in the order in which they are written. */
class RowLoader {
  readonly #encoded: EncodedBatch;
  readonly #dictionaries: Dictionaries;
  readonly #cursor: Cursor;

  constructor(encoded: EncodedBatch, dictionaries: Dictionaries, start: Readonly<Cursor>) {
    this.#encoded = encoded;
    this.#dictionaries = dictionaries;
    this.#cursor = { ...start };
  }

  async load(type: DataType, rows: BatchRows): Promise<Data> {
    const node = this.#encoded.header.nodes[this.#cursor.node++]!;
    if (node.length < rows.stop) throw damaged('columns differ in length');
    const length = rows.stop - rows.start;
    if (type.typeId === Type.Null && !DataType.isDictionary(type)) return makeData({ type, length } as never);
    if (DataType.isUnion(type)) return this.#union(type, rows, node.length);
    const nullBitmap = await this.#validity(rows, node.nullCount);
    // Bits start anywhere in their first byte; all else starts with its first value.
    const common = { type, length, offset: rows.start & 7, nullCount: nullBitmap ? -1 : 0, nullBitmap };
    if (DataType.isDictionary(type)) return this.#dictionary(type, common, rows);
    switch (type.typeId) {
      case Type.Bool:
        return makeData({ ...common, data: await this.#bits(rows) } as never);
      case Type.Utf8:
      case Type.Binary:
      case Type.LargeUtf8:
      case Type.LargeBinary: {
        const { valueOffsets, items } = await this.#offsets(rows, type.typeId === Type.LargeUtf8 || type.typeId === Type.LargeBinary);
        return makeData({ ...common, valueOffsets, data: await this.#bytes(items.start, items.stop) } as never);
      }
      case Type.Utf8View:
      case Type.BinaryView:
        return this.#views(common, rows);
      case Type.List:
      case Type.LargeList:
      case Type.Map: {
        const { valueOffsets, items } = await this.#offsets(rows, type.typeId === Type.LargeList);
        return makeData({ ...common, valueOffsets, child: await this.load(type.children[0]!.type, items) } as never);
      }
      case Type.FixedSizeList: {
        const { listSize } = type as FixedSizeList;
        return makeData({ ...common, child: await this.load(type.children[0]!.type, { start: rows.start * listSize, stop: rows.stop * listSize }) } as never);
      }
      case Type.Struct: {
        const children: Data[] = [];
        for (const field of type.children) children.push(await this.load(field.type, rows));
        return makeData({ ...common, children } as never);
      }
      default: {
        const byteWidth = bitWidth(type) / 8;
        return makeData({ ...common, data: await this.#bytes(rows.start * byteWidth, rows.stop * byteWidth) } as never);
      }
    }
  }

  async #validity(rows: BatchRows, nullCount: number): Promise<Uint8Array | undefined> {
    const isLeftOut = nullCount === 0 || this.#encoded.header.buffers[this.#cursor.buffer]!.byteLength === 0;
    if (!isLeftOut) return this.#bits(rows);
    this.#cursor.buffer++;
    return undefined;
  }

  #bits({ start, stop }: BatchRows): Promise<Uint8Array> {
    return this.#bytes(start >> 3, (stop + 7) >> 3);
  }

  /** Offsets that begin at 0, and where in the child or the bytes they lead. */
  async #offsets({ start, stop }: BatchRows, isLarge: boolean): Promise<{ valueOffsets: Int32Array | BigInt64Array; items: BatchRows }> {
    // Of an empty column the offsets may be left out.
    if (stop === start) {
      this.#cursor.buffer++;
      return { valueOffsets: isLarge ? new BigInt64Array(1) : new Int32Array(1), items: { start: 0, stop: 0 } };
    }
    const width = isLarge ? 8 : 4;
    const { buffer, byteOffset } = await this.#bytes(start * width, (stop + 1) * width);
    const length = stop - start;
    const stored = isLarge ? new BigInt64Array(buffer, byteOffset, length + 1) : new Int32Array(buffer, byteOffset, length + 1);
    const items = { start: Number(stored[0]), stop: checkOffsets(stored, length) };
    if (items.start === 0) return { valueOffsets: stored, items };
    const first = stored[0]!;
    const valueOffsets = isLarge ? (stored as BigInt64Array).map((offset) => offset - (first as bigint)) : (stored as Int32Array).map((offset) => offset - (first as number));
    return { valueOffsets, items };
  }

  async #views(common: { length: number; offset: number; nullBitmap: Uint8Array | undefined }, rows: BatchRows): Promise<Data> {
    const views = await this.#bytes(rows.start * 16, rows.stop * 16);
    const count = this.#encoded.header.viewBufferCounts[this.#cursor.view++] ?? 0;
    const variadicBuffers: Uint8Array[] = [];
    for (let i = 0; i < count; i++) variadicBuffers.push(await this.#bytes(0, this.#encoded.header.buffers[this.#cursor.buffer]!.byteLength));
    checkViews(views, common.length, variadicBuffers, validIn(common));
    return makeData({ ...common, views, variadicBuffers } as never);
  }

  async #dictionary(type: Dictionary, common: { length: number; offset: number; nullBitmap: Uint8Array | undefined }, rows: BatchRows): Promise<Data> {
    const dictionary = this.#dictionaries.get(type.id);
    if (!dictionary) throw damaged('a dictionary is missing');
    const byteWidth = (type.indices as { bitWidth: number }).bitWidth / 8;
    const data = await this.#bytes(rows.start * byteWidth, rows.stop * byteWidth);
    const indices = makeData({ ...common, data, dictionary } as never) as Data as Data<Dictionary>;
    checkIndices(indices.values, common.length, dictionary.length, validIn(common));
    return indices;
  }

  /** Rows of a dense union lie anywhere in its children, which are read whole. */
  async #union(type: Union, rows: BatchRows, nodeLength: number): Promise<Data> {
    if (unionsHaveValidity(this.#encoded.metadataVersion)) this.#cursor.buffer++;
    const length = rows.stop - rows.start;
    const typeIds = await this.#bytes(rows.start, rows.stop);
    const isDense = type.mode === UnionMode.Dense;
    const offsets = isDense ? await this.#bytes(rows.start * 4, rows.stop * 4) : undefined;
    const children: Data[] = [];
    for (const field of type.children) {
      const { length: childLength } = this.#encoded.header.nodes[this.#cursor.node]!;
      if (isDense && childLength > Math.max(nodeLength, 1) * 16) throw damaged('a part of a union is longer than the union');
      children.push(await this.load(field.type, isDense ? { start: 0, stop: childLength } : rows));
    }
    const data = makeData({ type, length, nullCount: 0, typeIds, valueOffsets: offsets, children } as never) as Data as Data<Union>;
    checkUnion(data.typeIds as Int8Array, length, [...type.typeIds], children.map((child) => child.length), data.valueOffsets as Int32Array | undefined);
    return data;
  }

  /** Bytes of the next buffer. */
  async #bytes(start: number, stop: number): Promise<Uint8Array> {
    const region = this.#encoded.header.buffers[this.#cursor.buffer++];
    if (!region || stop > region.byteLength) throw damaged('a column is cut off');
    if (stop === start) return new Uint8Array(0);
    const bytes = await this.#encoded.readBody(region.byteOffset + start, stop - start);
    // Typed arrays need aligned starts; a range of a file need not have one.
    return bytes.byteOffset % 16 === 0 ? bytes : new Uint8Array(bytes);
  }
}

function validIn({ offset, nullBitmap }: { offset: number; nullBitmap: Uint8Array | undefined }): (row: number) => boolean {
  return nullBitmap ? (row) => (nullBitmap[(offset + row) >> 3]! & (1 << ((offset + row) & 7))) !== 0 : () => true;
}

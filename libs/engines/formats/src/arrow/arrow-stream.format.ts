// Arrow IPC streams: partitions are record batches, small ones put together.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode, type Partition } from '@tessera/domain';
import { decodeSchemaMessage, flattenSchema, isIpcStream, rangeReader, readIpcStreamLayout, type IpcBlock, type IpcStreamLayout, type Schema, type StreamDictionary } from '@tessera/arrow';
import { DataType, type Dictionary } from 'apache-arrow';
import { hasSuffix, tableNode } from './table-node.ts';

const mediaType = 'application/vnd.apache.arrow.stream';
/** Batches are put together up to this size. */
const partitionByteLength = 8 * 2 ** 20;

export const arrowStreamFormat: Format = {
  name: 'arrow-stream',
  mediaTypes: [mediaType],
  sniff: (entry, head) => !entry.isDirectory && (isIpcStream(head) || hasSuffix(entry, ['.arrows'])),
  async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const layout = await readIpcStreamLayout(byteLength, rangeReader(store, entry.uri, call));
    const schema = decodeSchemaMessage(layout.schema);
    const { partitions, dictionaries, isReplaced } = groupMessages(entry.uri, layout);
    const found = isReplaced
      // Dictionaries that change on the way have no place in an Arrow file: their columns are published with the type of their values.
      ? { schema: checkedFlat(schema), decoder: { name: 'arrow-flat', configuration: { schema: layout.schema } } }
      : { schema, schemaMessage: layout.schema, decoder: { name: 'arrow', configuration: { dictionaries } } };
    yield tableNode({ ...entry, byteLength }, { ...found, partitions: partitions.map((partition) => (isReplaced ? partition : withoutDictionaries(partition))), mediaType });
  },
};

type PackedBlock = readonly [number, number, number];

const pack = (block: IpcBlock): PackedBlock => [block.byteOffset, block.headerByteLength, block.bodyByteLength];

interface Group {
  readonly blocks: IpcBlock[];
  readonly dictionaries: readonly PackedBlock[];
  byteLength: number;
  rowCount: number;
}

/** Batches by partition, each with the dictionaries that count when it comes. */
function groupMessages(uri: string, { messages }: IpcStreamLayout): { partitions: Partition[]; dictionaries: readonly PackedBlock[]; isReplaced: boolean } {
  const groups: Group[] = [];
  const current = new Map<number, StreamDictionary[]>();
  let dictionaries: readonly PackedBlock[] = [];
  let isReplaced = false;
  for (const { kind, block } of messages) {
    if (kind === 'dictionary') {
      const known = current.get(block.id);
      if (known && !block.isDelta) isReplaced = true;
      current.set(block.id, known && block.isDelta ? [...known, block] : [block]);
      dictionaries = [...current.values()].flat().sort((a, b) => a.byteOffset - b.byteOffset).map(pack);
      continue;
    }
    const byteLength = block.headerByteLength + block.bodyByteLength;
    const last = groups.at(-1);
    if (last && last.dictionaries === dictionaries && last.byteLength + byteLength <= partitionByteLength) {
      last.blocks.push(block);
      last.byteLength += byteLength;
      last.rowCount += block.rowCount;
    } else groups.push({ blocks: [block], dictionaries, byteLength, rowCount: block.rowCount });
  }
  // A table without rows still has a partition, which is empty.
  if (groups.length === 0) groups.push({ blocks: [], dictionaries, byteLength: 0, rowCount: 0 });
  return { partitions: groups.map((group) => partitionOf(uri, group)), dictionaries, isReplaced };
}

function partitionOf(uri: string, { blocks, dictionaries, byteLength, rowCount }: Group): Partition {
  return { uri, byteOffset: blocks[0]?.byteOffset ?? 0, byteLength, rowCount, detail: { batches: blocks.map(pack), dictionaries } };
}

function withoutDictionaries(partition: Partition): Partition {
  return { ...partition, detail: { batches: partition.detail!['batches'] } };
}

/** @throws TesseraError unsupported for dictionaries inside lists and structs: those stay as they are. */
function checkedFlat(schema: Schema): Schema {
  const flat = flattenSchema(schema);
  if (flat.fields.some((field) => hasDictionary(field.type))) {
    throw new TesseraError('unsupported', 'The Arrow stream replaces the dictionary of a column inside lists or structs. Write it as an Arrow file.');
  }
  return flat;
}

function hasDictionary(type: DataType): boolean {
  if (DataType.isDictionary(type)) return true;
  const { children } = type as Dictionary;
  return (children ?? []).some((field) => hasDictionary(field.type));
}

// Arrow IPC files, Feather version 2 among them: partitions are record batches, small ones put together.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode, type Partition } from '@tessera/domain';
import { decodeSchemaMessage, isIpcFile, rangeReader, readBlockHeader, readIpcFileLayout, type IpcBlock } from '@tessera/arrow';
import { hasSuffix, tableNode } from './table-node.ts';

const mediaType = 'application/vnd.apache.arrow.file';
const suffixes = ['.arrow', '.feather', '.ipc'];
/** Batches are put together up to this size. */
const partitionByteLength = 8 * 2 ** 20;
const concurrency = 16;

export const arrowFormat: Format = {
  name: 'arrow',
  mediaTypes: [mediaType],
  sniff: (entry, head) => !entry.isDirectory && (isIpcFile(head) || hasSuffix(entry, suffixes)),
  async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const read = rangeReader(store, entry.uri, call);
    if (byteLength >= 4 && Buffer.from(await read(0, 4)).toString('latin1') === 'FEA1') {
      throw new TesseraError('unsupported', 'Feather version 1 is not read. Write the file again as version 2: pyarrow.feather.write_feather(table, path, version=2).');
    }
    const layout = await readIpcFileLayout(byteLength, read);
    const schema = decodeSchemaMessage(layout.schema);
    const rowCounts = await readRowCounts(layout.batches, read);
    const partitions = groupBatches(entry.uri, layout.batches, rowCounts);
    const decoder = { name: 'arrow', configuration: { dictionaries: layout.dictionaries.map(pack) } };
    yield tableNode({ ...entry, byteLength }, { schema, schemaMessage: layout.schema, partitions, decoder, mediaType });
  },
};

const pack = (block: IpcBlock) => [block.byteOffset, block.headerByteLength, block.bodyByteLength];

/** Row counts stand in the headers of the batches, all over the file. */
async function readRowCounts(blocks: readonly IpcBlock[], read: ReturnType<typeof rangeReader>): Promise<number[]> {
  const counts: number[] = [];
  for (let start = 0; start < blocks.length; start += concurrency) {
    const headers = await Promise.all(blocks.slice(start, start + concurrency).map((block) => readBlockHeader(block, read)));
    for (const { kind, batch } of headers) {
      if (kind !== 'batch') throw new TesseraError('gone', 'The Arrow data are damaged: there is no record batch where the footer says.');
      counts.push(batch.rowCount);
    }
  }
  return counts;
}

function groupBatches(uri: string, blocks: readonly IpcBlock[], rowCounts: readonly number[]): Partition[] {
  const groups: { blocks: IpcBlock[]; byteLength: number; rowCount: number }[] = [];
  blocks.forEach((block, i) => {
    const last = groups[groups.length - 1];
    const byteLength = block.headerByteLength + block.bodyByteLength;
    if (last && last.byteLength + byteLength <= partitionByteLength) {
      last.blocks.push(block);
      last.byteLength += byteLength;
      last.rowCount += rowCounts[i]!;
    } else groups.push({ blocks: [block], byteLength, rowCount: rowCounts[i]! });
  });
  // A table without rows still has a partition, which is empty.
  if (groups.length === 0) groups.push({ blocks: [], byteLength: 0, rowCount: 0 });
  return groups.map((group) => ({
    uri,
    byteOffset: group.blocks[0]?.byteOffset ?? 0,
    byteLength: group.byteLength,
    rowCount: group.rowCount,
    detail: { batches: group.blocks.map(pack) },
  }));
}

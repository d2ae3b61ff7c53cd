// Record batches of an Arrow IPC file, each read by its range: header first, then the buffers of the columns wanted. Of long
// batches, and of those of which only some rows are wanted, parts of the buffers.
import { TesseraError, type ByteStore, type Call, type RowRange } from '@tessera/domain';
import { loadBatch, loadDictionary, loadRows, rangeReader, readBlockHeader, sliceBatch, type Dictionaries, type EncodedBatch, type IpcBlock, type RecordBatch, type Schema } from '@tessera/arrow';
import type { Vector } from 'apache-arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';

/** `[byteOffset, headerByteLength, bodyByteLength]` in the file. */
export type PackedBlock = readonly [number, number, number];

/** Configuration of the decoder: where the dictionaries lie, in the order in which they were written. */
export interface ArrowDecoderConfiguration {
  readonly dictionaries: readonly PackedBlock[];
}

/** Rows of a batch that is given, and bytes of the one that they are of: longer ones are given in parts. */
const maxBatchRowCount = 65_536;
const maxBatchByteLength = 8 * 2 ** 20;

export const arrowDecoder: TableDecoder = {
  name: 'arrow',
  selectsRows: true,
  async *batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices, rows = { start: 0, stop: Infinity } } = request;
    const reader = rangeReader(store, partition.uri, call);
    const configuration = manifest.decoder.configuration as Partial<ArrowDecoderConfiguration> | undefined;
    const dictionaries = await readDictionaries(schema, columnIndices, configuration?.dictionaries ?? [], reader);
    let firstRow = 0;
    for (const packed of (partition.detail?.['batches'] ?? []) as readonly PackedBlock[]) {
      if (firstRow >= rows.stop) return;
      const block = unpack(packed);
      const { kind, batch: header, metadataVersion } = await readBlockHeader(block, reader);
      if (kind !== 'batch') throw new TesseraError('stale', 'The Arrow file has changed since it was indexed.');
      const wanted = { start: Math.max(rows.start - firstRow, 0), stop: Math.min(rows.stop - firstRow, header.rowCount) };
      firstRow += header.rowCount;
      const encoded = { header, metadataVersion, readBody: bodyReader(block, reader) };
      if (wanted.start < wanted.stop) yield* readBatch(schema, encoded, dictionaries, columnIndices, wanted);
    }
  },
};

/** Rows of one batch, in parts of bounded size. */
async function* readBatch(schema: Schema, encoded: EncodedBatch, dictionaries: Dictionaries, columnIndices: readonly number[], wanted: Required<RowRange>): AsyncGenerator<RecordBatch> {
  const { rowCount, buffers, compression } = encoded.header;
  const byteLength = buffers.reduce((sum, region) => sum + region.byteLength, 0);
  const partRowCount = Math.max(64, Math.min(maxBatchRowCount, Math.floor((maxBatchByteLength * rowCount) / Math.max(byteLength, 1)) & ~7));
  const isWhole = wanted.stop - wanted.start === rowCount;
  const whole = compression || (isWhole && rowCount <= partRowCount) ? await loadBatch(schema, encoded, dictionaries, columnIndices) : undefined;
  for (let start = wanted.start; start < wanted.stop; start += partRowCount) {
    const part = { start, stop: Math.min(start + partRowCount, wanted.stop) };
    if (!whole) yield await loadRows(schema, encoded, dictionaries, columnIndices, part);
    else yield part.stop - part.start === rowCount ? whole : sliceBatch(whole, part.start, part.stop);
  }
}

type Reader = ReturnType<typeof rangeReader>;

const unpack = ([byteOffset, headerByteLength, bodyByteLength]: PackedBlock): IpcBlock => ({ byteOffset, headerByteLength, bodyByteLength });

const bodyReader = (block: IpcBlock, read: Reader) => (byteOffset: number, byteLength: number) => read(block.byteOffset + block.headerByteLength + byteOffset, byteLength);

/** Only the dictionaries that the columns wanted use. */
async function readDictionaries(schema: Schema, columnIndices: readonly number[], packed: readonly PackedBlock[], read: Reader): Promise<ReadonlyMap<number, Vector>> {
  const wanted = dictionaryIds(schema, columnIndices);
  const dictionaries = new Map<number, Vector>();
  if (wanted.size === 0) return dictionaries;
  for (const block of packed.map(unpack)) {
    const { kind, batch: header, metadataVersion, dictionaryId, isDelta } = await readBlockHeader(block, read);
    if (kind !== 'dictionary') throw new TesseraError('stale', 'The Arrow file has changed since it was indexed.');
    if (!wanted.has(dictionaryId)) continue;
    const encoded = { header, metadataVersion, readBody: bodyReader(block, read) };
    dictionaries.set(dictionaryId, await loadDictionary(schema, dictionaryId, isDelta, encoded, dictionaries));
  }
  return dictionaries;
}

interface TypeTree {
  readonly children?: readonly { readonly type: TypeTree }[] | null;
  /** Of dictionaries: their id and the type of their values. */
  readonly id?: number;
  readonly dictionary?: TypeTree;
}

function dictionaryIds(schema: Schema, columnIndices: readonly number[]): ReadonlySet<number> {
  const ids = new Set<number>();
  const visit = (type: TypeTree): void => {
    if (type.dictionary) {
      ids.add(type.id!);
      visit(type.dictionary);
    } else for (const child of type.children ?? []) visit(child.type);
  };
  for (const index of columnIndices) visit(schema.fields[index]!.type as unknown as TypeTree);
  return ids;
}

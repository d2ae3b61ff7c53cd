// Record batches of an Arrow IPC file, each read by its range: header first, then the buffers of the columns wanted.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { loadBatch, loadDictionary, rangeReader, readBlockHeader, type IpcBlock, type RecordBatch, type Schema } from '@tessera/arrow';
import type { Vector } from 'apache-arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';

/** `[byteOffset, headerByteLength, bodyByteLength]` in the file. */
export type PackedBlock = readonly [number, number, number];

/** Configuration of the decoder: where the dictionaries lie, in the order in which they were written. */
export interface ArrowDecoderConfiguration {
  readonly dictionaries: readonly PackedBlock[];
}

export const arrowDecoder: TableDecoder = {
  name: 'arrow',
  async *batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices } = request;
    const reader = rangeReader(store, partition.uri, call);
    const configuration = manifest.decoder.configuration as Partial<ArrowDecoderConfiguration> | undefined;
    const dictionaries = await readDictionaries(schema, columnIndices, configuration?.dictionaries ?? [], reader);
    for (const packed of (partition.detail?.['batches'] ?? []) as readonly PackedBlock[]) {
      const block = unpack(packed);
      const { kind, batch: header, metadataVersion } = await readBlockHeader(block, reader);
      if (kind !== 'batch') throw new TesseraError('stale', 'The Arrow file has changed since it was indexed.');
      yield await loadBatch(schema, { header, metadataVersion, readBody: bodyReader(block, reader) }, dictionaries, columnIndices);
    }
  },
};

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

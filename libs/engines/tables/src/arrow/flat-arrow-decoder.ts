// Record batches whose dictionaries are of their own partition: columns are given with the type of their values.
import type { ByteStore, Call } from '@tessera/domain';
import { decodeSchemaMessage, flattenBatch, selectFields, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { arrowDecoder } from './arrow-decoder.ts';

export interface FlatArrowDecoderConfiguration {
  /** Encapsulated schema message of what is stored, dictionaries in it; a partition may have one of its own. */
  readonly schema: Uint8Array;
}

export const flatArrowDecoder: TableDecoder = {
  name: 'arrow-flat',
  selectsRows: true,
  async *batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices } = request;
    const common = manifest.decoder.configuration as unknown as FlatArrowDecoderConfiguration;
    const stored = decodeSchemaMessage((partition.detail?.['schema'] as Uint8Array | undefined) ?? common.schema);
    const decoder = { name: 'arrow', configuration: { dictionaries: partition.detail?.['dictionaries'] ?? [] } };
    const wanted = selectFields(schema, columnIndices);
    for await (const batch of arrowDecoder.batches({ ...request, manifest: { ...manifest, decoder }, schema: stored }, store, call)) yield flattenBatch(batch, wanted);
  },
};

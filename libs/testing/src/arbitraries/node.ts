import fc from 'fast-check';
import type { DataSourceDraft, NodeDraft, Spec, Structure } from '@tessera/domain';
import { arrayStructures, dataTypes, chunkGrids } from './array.ts';
import { metadata, text } from './json.ts';

const some = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 });

export const structures: fc.Arbitrary<Structure> = fc.oneof(
  fc.constant({ family: 'container' } as const),
  arrayStructures.map((array): Structure => ({ family: 'array', array })),
  fc.tuple(chunkGrids, dataTypes).map(([grid, dataType]): Structure => ({
    family: 'sparse', sparse: { ...grid, dataType, coordinateType: { kind: 'i', itemsize: 8, endianness: 'little' } },
  })),
  fc.record({ arrowSchema: fc.base64String(), columns: fc.uniqueArray(text, { maxLength: 4 }), partitionCount: fc.nat(9), rowCount: fc.nat() }, { requiredKeys: ['arrowSchema', 'columns', 'partitionCount'] })
    .map((table): Structure => ({ family: 'table', table })),
);

const specs: fc.Arbitrary<Spec[]> = fc.array(fc.record({ name: some, version: some }, { requiredKeys: ['name'] }), { maxLength: 3 });

const dataSources: fc.Arbitrary<DataSourceDraft> = fc.record({
  mediaType: fc.constantFrom('application/x-hdf5', 'text/csv'),
  parameters: metadata,
  properties: metadata,
  management: fc.constantFrom('external', 'immutable', 'locked', 'writable'),
  assets: fc.array(fc.record({
    uri: fc.webUrl(), isDirectory: fc.boolean(), byteLength: fc.maxSafeNat(), modifiedAtMs: fc.double({ min: 1, max: 4e12, noNaN: true }), etag: some, parameter: some, ordinal: fc.nat(100),
  }, { requiredKeys: ['uri', 'isDirectory', 'parameter'] }), { minLength: 1, maxLength: 2 }).map((assets) => assets.slice(0, 1)),
}, { requiredKeys: ['mediaType', 'management', 'assets'] });

/** What a format may find at the top of a file. */
export const drafts: fc.Arbitrary<NodeDraft> = fc.record({
  path: fc.constant([]),
  structure: structures,
  metadata,
  specs,
  manifestId: fc.stringMatching(/^[0-9a-f]{64}\.\d{1,5}\.\d{1,5}$/),
  problem: some,
  dataSource: dataSources,
}, { requiredKeys: ['path', 'structure', 'metadata', 'specs'] });

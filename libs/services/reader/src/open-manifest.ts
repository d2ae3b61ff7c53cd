import type { ArrayManifest, Call, Manifest, ManifestStore, Source, SparseManifest, TableManifest } from '@tessera/domain';
import { isToldByReads, withExpected } from '@tessera/storage';
import { openTable, type Table } from '@tessera/tables';
import { LRUCache } from 'lru-cache';
import type { ChunkSources } from './chunk-sources.ts';
import { MosaicArray } from './mosaic-array.ts';
import type { ReadableArray } from './readable-array.ts';
import { ShardedArray, shardingOf } from './sharded-array.ts';
import { SparseArray } from './sparse-array.ts';
import { StoredArray } from './stored-array.ts';

/** A manifest made ready to be read by: what is resolved once and used by every read. */
export type OpenManifest = OpenData & {
  readonly id: string;
  /** The files that it points into. */
  readonly sources: readonly Source[];
  /** Those of which only a look, after a read, tells that it was of what was indexed. */
  readonly toConfirm: readonly Source[];
};

type OpenData =
  | { readonly kind: 'array'; readonly manifest: ArrayManifest; readonly array: ReadableArray; readonly stored: StoredArray }
  | { readonly kind: 'table'; readonly manifest: TableManifest; readonly table: Table }
  | { readonly kind: 'sparse'; readonly manifest: SparseManifest; readonly array: SparseArray };

/** What an opened manifest takes besides its tables, at least. */
const minByteLength = 4096;
/** About what a tile of a mosaic takes. */
const tileByteLength = 1024;

/** Opened manifests by id, bounded by the size of their tables. */
export class OpenManifests {
  private readonly opened: LRUCache<string, OpenManifest>;
  private readonly manifests: ManifestStore;
  private readonly chunks: ChunkSources;

  constructor(manifests: ManifestStore, chunks: ChunkSources, maxByteLength: number) {
    this.manifests = manifests;
    this.chunks = chunks;
    this.opened = new LRUCache({ maxSize: Math.max(maxByteLength, minByteLength) });
  }

  /** At once if it is open already. @throws TesseraError gone if there is no such manifest. */
  get(id: string, call: Call | undefined): OpenManifest | Promise<OpenManifest> {
    return this.opened.get(id) ?? this.open(id, call);
  }

  private async open(id: string, call: Call | undefined): Promise<OpenManifest> {
    const manifest = await this.manifests.get(id, call);
    const sources = sourcesOf(manifest);
    const chunks = { ...this.chunks, store: withExpected(this.chunks.store, sources) };
    const toConfirm = isReadFromSources(manifest) ? sources.filter((source) => !isToldByReads(source)) : sources;
    const opened: OpenManifest = { ...prepare(id, manifest, chunks), id, sources, toConfirm };
    this.opened.set(id, opened, { size: minByteLength + tableByteLength(manifest) });
    return opened;
  }
}

function prepare(id: string, manifest: Manifest, chunks: ChunkSources): OpenData {
  switch (manifest.kind) {
    case 'array': {
      const stored = new StoredArray(id, manifest, chunks);
      return { kind: 'array', manifest, stored, array: readable(stored, chunks) };
    }
    case 'table': return { kind: 'table', manifest, table: openTable(manifest, chunks.store) };
    case 'sparse': return { kind: 'sparse', manifest, array: new SparseArray(manifest, openTable(manifest.blocks, chunks.store)) };
  }
}

function readable(stored: StoredArray, chunks: ChunkSources): ReadableArray {
  const { id, manifest } = stored;
  if (manifest.refs.form === 'mosaic') {
    const arrays = manifest.refs.arrays.map((array, index) => readable(new StoredArray(`${id}/${index}`, array, chunks), chunks));
    return new MosaicArray(manifest, manifest.refs, stored.layout, arrays);
  }
  const sharding = shardingOf(manifest);
  return sharding ? new ShardedArray(stored, sharding, chunks) : stored;
}

function sourcesOf(manifest: Manifest): readonly Source[] {
  return manifest.kind === 'sparse' ? [...manifest.sources, ...manifest.blocks.sources] : manifest.sources;
}

/** Whether all bytes lie in the sources themselves, rather than in objects of their own beside them. */
function isReadFromSources(manifest: Manifest): boolean {
  if (manifest.kind !== 'array') return true;
  return manifest.refs.form === 'mosaic' ? manifest.refs.arrays.every(isReadFromSources) : manifest.refs.form !== 'template';
}

function tableByteLength(manifest: Manifest): number {
  switch (manifest.kind) {
    case 'array': {
      const { refs } = manifest;
      if (refs.form === 'mosaic') return refs.tiles.length * tileByteLength + refs.arrays.reduce((sum, array) => sum + minByteLength + tableByteLength(array), 0);
      if (refs.form === 'inline') return refs.bytes.byteLength;
      if (refs.form === 'series') return (refs.numbers.length * 3 + refs.byteOffsets.length * 2) * 8 + (refs.tables?.byteLength ?? 0);
      if (refs.form !== 'table') return 0;
      return refs.byteOffsets.byteLength + refs.byteLengths.byteLength + (refs.uriIndex?.byteLength ?? 0) + (refs.codecMasks?.byteLength ?? 0);
    }
    case 'table': return manifest.schema.byteLength + manifest.partitions.length * 256;
    case 'sparse': return manifest.blocks.schema.byteLength + manifest.blocks.partitions.length * 256;
  }
}

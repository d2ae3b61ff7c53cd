import type { ArrayManifest, Call, Manifest, ManifestStore, SparseManifest, TableManifest } from '@tessera/domain';
import { openTable, type Table } from '@tessera/tables';
import { LRUCache } from 'lru-cache';
import type { ChunkSources } from './chunk-sources.ts';
import { MosaicArray } from './mosaic-array.ts';
import type { ReadableArray } from './readable-array.ts';
import { ShardedArray, shardingOf } from './sharded-array.ts';
import { SparseArray } from './sparse-array.ts';
import { StoredArray } from './stored-array.ts';

/** A manifest made ready to be read by: what is resolved once and used by every read. */
export type OpenManifest =
  | { readonly kind: 'array'; readonly id: string; readonly manifest: ArrayManifest; readonly array: ReadableArray; readonly stored: StoredArray }
  | { readonly kind: 'table'; readonly id: string; readonly manifest: TableManifest; readonly table: Table }
  | { readonly kind: 'sparse'; readonly id: string; readonly manifest: SparseManifest; readonly array: SparseArray };

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
    const opened = this.prepare(id, manifest);
    this.opened.set(id, opened, { size: minByteLength + tableByteLength(manifest) });
    return opened;
  }

  private prepareArray(id: string, manifest: ArrayManifest): OpenManifest {
    const stored = new StoredArray(id, manifest, this.chunks);
    return { kind: 'array', id, manifest, stored, array: this.readable(stored) };
  }

  private readable(stored: StoredArray): ReadableArray {
    const { id, manifest } = stored;
    if (manifest.refs.form === 'mosaic') {
      const arrays = manifest.refs.arrays.map((array, index) => this.readable(new StoredArray(`${id}/${index}`, array, this.chunks)));
      return new MosaicArray(manifest, manifest.refs, stored.layout, arrays);
    }
    const sharding = shardingOf(manifest);
    return sharding ? new ShardedArray(stored, sharding, this.chunks) : stored;
  }

  private prepare(id: string, manifest: Manifest): OpenManifest {
    switch (manifest.kind) {
      case 'array': return this.prepareArray(id, manifest);
      case 'table': return { kind: 'table', id, manifest, table: openTable(manifest, this.chunks.store) };
      case 'sparse': return { kind: 'sparse', id, manifest, array: new SparseArray(manifest, openTable(manifest.blocks, this.chunks.store)) };
    }
  }
}

function tableByteLength(manifest: Manifest): number {
  switch (manifest.kind) {
    case 'array': {
      const { refs } = manifest;
      if (refs.form === 'mosaic') return refs.tiles.length * tileByteLength + refs.arrays.reduce((sum, array) => sum + minByteLength + tableByteLength(array), 0);
      if (refs.form === 'inline') return refs.bytes.byteLength;
      if (refs.form !== 'table') return 0;
      return refs.byteOffsets.byteLength + refs.byteLengths.byteLength + (refs.uriIndex?.byteLength ?? 0) + (refs.codecMasks?.byteLength ?? 0);
    }
    case 'table': return manifest.schema.byteLength + manifest.partitions.length * 256;
    case 'sparse': return manifest.blocks.schema.byteLength + manifest.blocks.partitions.length * 256;
  }
}

import { frameSource, type ArrayManifest, type Entry, type Manifest, type SeriesRefs } from '@tessera/domain';
import type { FrameLayout, FrameTable } from './frame-layout.ts';

/** What a manifest says of files that are as they were. */
export class KnownFrames {
  readonly #refs: SeriesRefs;
  readonly #layout: FrameLayout;
  readonly #indices = new Map<string, number>();
  #last: { readonly index: number; readonly table: FrameTable } | undefined;

  /** Undefined if the manifest is none of a series. */
  static of(manifest: Manifest | undefined): KnownFrames | undefined {
    return manifest?.kind === 'array' && manifest.refs.form === 'series' ? new KnownFrames(manifest, manifest.refs) : undefined;
  }

  private constructor({ dataType, grid, edge, fillValue, codecs }: ArrayManifest, refs: SeriesRefs) {
    this.#refs = refs;
    this.#layout = { dataType, grid: { shape: grid.shape.slice(1), chunks: grid.chunks.slice(1) }, edge, ...(fillValue ? { fillValue } : {}), codecs };
    for (let frame = 0; frame < refs.numbers.length; frame++) this.#indices.set(frameSource(refs, frame).uri, frame);
  }

  /** The frame of a file that has the length and time it had then; undefined if it has others, none, or could not be read. */
  find({ uri, byteLength, modifiedAtMs, etag }: Entry): { readonly layout: FrameLayout; readonly table: FrameTable; readonly problem?: undefined } | undefined {
    const frame = this.#indices.get(uri);
    if (frame === undefined || byteLength === undefined || modifiedAtMs === undefined) return undefined;
    const isAsBefore = this.#refs.fileByteLengths[frame] === byteLength && this.#refs.modifiedAtMs[frame] === modifiedAtMs && this.#refs.etags?.[frame] === etag;
    const index = this.#refs.tables?.[frame] ?? 0;
    return isAsBefore && index < this.#refs.tableCount ? { layout: this.#layout, table: this.#table(index) } : undefined;
  }

  #table(index: number): FrameTable {
    if (this.#last?.index !== index) {
      const { chunksPerFrame, byteOffsets, byteLengths } = this.#refs;
      const part = (values: Float64Array) => [...values.subarray(index * chunksPerFrame, (index + 1) * chunksPerFrame)];
      this.#last = { index, table: { byteOffsets: part(byteOffsets), byteLengths: part(byteLengths) } };
    }
    return this.#last.table;
  }
}

import { TesseraError, isTesseraError, type Call, type Entry, type FileSeries, type IndexedNode, type JsonObject } from '@tessera/domain';
import { mapConcurrently } from '../map-concurrently.ts';
import { frameOf, layoutKey, type FrameLayout, type FrameTable } from './frame-layout.ts';
import type { SeriesIndexing } from './index-series.ts';
import { KnownFrames } from './known-frames.ts';
import { SharedMetadata } from './shared-metadata.ts';

/** Files that are open at a time. */
const readConcurrency = 16;

/** A file as a frame, or why it is none. */
export type FoundFrame =
  /** Equal layouts are one object; undefined = a sound file with nothing to stack. */
  | { readonly layout: FrameLayout | undefined; readonly table: FrameTable; readonly problem?: undefined }
  | { readonly problem: string };

const noTable: FrameTable = { byteOffsets: [], byteLengths: [] };

/** Opens every file that is not known, many at a time; with the metadata that all have in common. */
export async function readFrames(entries: readonly Entry[], series: FileSeries, indexing: SeriesIndexing, call: Call | undefined): Promise<{ readonly frames: readonly FoundFrame[]; readonly metadata: JsonObject }> {
  const known = KnownFrames.of(indexing.previous);
  const { series: _summary, ...before } = series.previous?.metadata ?? {};
  const metadata = new SharedMetadata(known ? before : undefined);
  const layouts = new SharedLayouts();
  const frames = await mapConcurrently(entries, readConcurrency, async (entry): Promise<FoundFrame> => {
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'Indexing was stopped.');
    const frame = known?.find(entry) ?? await readFrame(entry, indexing, metadata, call);
    return frame.problem === undefined && frame.layout ? layouts.share(frame.layout, frame.table) : frame;
  });
  return { frames, metadata: metadata.value };
}

async function readFrame(entry: Entry, { format, store, codecs }: SeriesIndexing, metadata: SharedMetadata, call: Call | undefined): Promise<FoundFrame> {
  const nodes: IndexedNode[] = [];
  try {
    for await (const node of format.index(entry, store, {}, call)) if (nodes.push(node) > 1) break;
    const problem = nodes[0]?.problem;
    if (problem !== undefined) return { problem };
    const frame = await frameOf(nodes, entry, codecs);
    metadata.meet(nodes[0]!.metadata);
    return frame;
  } catch (error) {
    // A store that does not answer, or a fault of ours, says nothing of the file.
    if (!isTesseraError(error) || ['cancelled', 'unavailable', 'internal'].includes(error.code)) throw error;
    return error.code === 'unsupported' ? { layout: undefined, table: noTable } : { problem: error.message };
  }
}

/** Makes equal layouts, and equal tables of neighbours, one object. */
class SharedLayouts {
  readonly #byKey = new Map<string, { readonly layout: FrameLayout; table: FrameTable }>();

  share(layout: FrameLayout, table: FrameTable): FoundFrame {
    const key = layoutKey(layout);
    const known = this.#byKey.get(key);
    if (!known) {
      this.#byKey.set(key, { layout, table });
      return { layout, table };
    }
    if (!isSame(known.table, table)) known.table = table;
    return { layout: known.layout, table: known.table };
  }
}

function isSame(a: FrameTable, b: FrameTable): boolean {
  return a === b || (a.byteOffsets.every((byteOffset, index) => byteOffset === b.byteOffsets[index]) && a.byteLengths.every((byteLength, index) => byteLength === b.byteLengths[index]));
}

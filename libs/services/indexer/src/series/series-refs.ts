import { TesseraError, elementCount, gridShape, type FileSeries, type SeriesRefs } from '@tessera/domain';
import type { UnreadableFrame } from './describe-series.ts';
import type { FrameLayout, FrameTable } from './frame-layout.ts';
import type { FoundFrame } from './read-frames.ts';

/** Chunks of all frames together; 16 bytes each. */
const maxTableEntries = 2 ** 23;
/** Reasons that are kept word for word. */
const maxReasons = 1000;
const anyReason = 'It cannot be read.';

/** Where the frames of one layout lie; the others are unreadable. @throws TesseraError too_large. */
export function seriesRefs(folderUri: string, series: FileSeries, frames: readonly FoundFrame[], layout: FrameLayout, unreadable: readonly UnreadableFrame[]): SeriesRefs {
  const chunksPerFrame = elementCount(gridShape(layout.grid));
  const indices = new Uint32Array(frames.length);
  const distinct = new Map<FrameTable, number>();
  frames.forEach((frame, index) => {
    if (frame.problem === undefined && frame.layout === layout) indices[index] = indexIn(distinct, frame.table);
  });
  if (distinct.size * chunksPerFrame > maxTableEntries) throw new TesseraError('too_large', `The files have ${distinct.size * chunksPerFrame} chunks together; one array can have ${maxTableEntries}.`);
  const reasons = new Map<string, number>();
  for (const { index, file, reason } of unreadable) {
    indices[index] = distinct.size + indexIn(reasons, reasons.size < maxReasons ? `The file "${file}" is not part of this array. ${reason}` : anyReason);
  }
  return {
    form: 'series',
    prefix: `${folderUri}/${series.prefix}`, suffix: series.suffix, width: series.width,
    numbers: Float64Array.from(series.numbers), fileByteLengths: Float64Array.from(series.byteLengths), modifiedAtMs: Float64Array.from(series.modifiedAtMs),
    ...(series.etags ? { etags: series.etags } : {}),
    ...(distinct.size === 1 && reasons.size === 0 ? {} : { tables: indices }),
    tableCount: distinct.size, chunksPerFrame,
    byteOffsets: joined(distinct.keys(), chunksPerFrame * distinct.size, ({ byteOffsets }) => byteOffsets),
    byteLengths: joined(distinct.keys(), chunksPerFrame * distinct.size, ({ byteLengths }) => byteLengths),
    reasons: [...reasons.keys()],
  };
}

function indexIn<Key>(indices: Map<Key, number>, key: Key): number {
  const known = indices.get(key);
  if (known !== undefined) return known;
  indices.set(key, indices.size);
  return indices.size - 1;
}

function joined(tables: Iterable<FrameTable>, length: number, part: (table: FrameTable) => readonly number[]): Float64Array {
  const all = new Float64Array(length);
  let at = 0;
  for (const table of tables) {
    all.set(part(table), at);
    at += part(table).length;
  }
  return all;
}

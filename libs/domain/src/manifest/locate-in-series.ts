import type { ChunkRef, SeriesRefs } from './chunk-refs.ts';
import type { Source } from './indexed-source.ts';

/** Where a chunk of a series lies. Undefined if it was never written. */
export function locateInSeries(refs: SeriesRefs, chunkOrdinal: number): ChunkRef | undefined {
  const { tables, tableCount, chunksPerFrame, byteOffsets, byteLengths, reasons } = refs;
  const frame = Math.floor(chunkOrdinal / chunksPerFrame);
  const source = frameSource(refs, frame);
  const table = tables?.[frame] ?? 0;
  if (table >= tableCount) return { kind: 'range', uri: source.uri, byteOffset: 0, byteLength: 0, source, problem: reasons[table - tableCount]! };
  const entry = table * chunksPerFrame + (chunkOrdinal % chunksPerFrame);
  const byteOffset = byteOffsets[entry]!;
  return byteOffset < 0 ? undefined : { kind: 'range', uri: source.uri, byteOffset, byteLength: byteLengths[entry]!, source };
}

/** The file of a frame, with what was known of it when it was indexed. */
export function frameSource({ prefix, suffix, width, numbers, fileByteLengths, modifiedAtMs, etags }: SeriesRefs, frame: number): Source {
  const byteLength = fileByteLengths[frame]!;
  const time = modifiedAtMs[frame]!;
  const etag = etags?.[frame];
  return {
    uri: prefix + String(numbers[frame]!).padStart(width, '0') + suffix,
    ...(Number.isNaN(byteLength) ? {} : { byteLength }),
    ...(Number.isNaN(time) ? {} : { modifiedAtMs: time }),
    ...(etag === undefined ? {} : { etag }),
  };
}

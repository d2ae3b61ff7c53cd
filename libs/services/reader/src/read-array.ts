import { resolveArrayExporter, type ExporterLoaders } from '@tessera/exporters';
import { TesseraError, elementCount, selectedShape, type ArrayExporter, type ArrayRequest, type AxisRange, type Call } from '@tessera/domain';
import { checkCall } from './concurrency.ts';
import { inOrderAhead } from './in-order-ahead.ts';
import { planBands } from './plan-bands.ts';
import { readBand } from './read-band.ts';
import type { ReadableArray } from './readable-array.ts';
import type { ReaderLimits } from './reader-options.ts';
import { selectRanges } from './select.ts';

/** Larger chunks are cut: they would be sent for long, and held for as long. */
const wholeChunkByteLength = 64 * 2 ** 20;

/** Part of an array in a media type. What is wrong with the request is thrown before anything is read. */
export async function exportArray(array: ReadableArray, request: ArrayRequest, limits: ReaderLimits, call: Call | undefined, exporters?: ExporterLoaders<ArrayExporter>): Promise<AsyncIterable<Uint8Array>> {
  const { dataType, grid } = array.layout;
  const ranges = selectRanges(grid, request.selection, request.block);
  const exporter = await resolveArrayExporter(request.mediaType, exporters);
  const shape = selectedShape(ranges);
  // An Arrow stream is read as it comes, batch by batch, by clients that hold it back: it may be of any length.
  if (!request.mediaType.startsWith('application/vnd.apache.arrow.stream')) checkResponseSize(elementCount(shape) * dataType.itemsize, limits);
  const bytes = readBands(array, ranges, limits, call);
  return exporter.export({ dataType, shape, bytes }, { mediaType: request.mediaType, call });
}

/** The selected elements in C order, band by band, so that memory does not grow with the selection. Whoever has no more use of a piece may release it. */
export async function* readBands(array: ReadableArray, ranges: readonly AxisRange[], limits: ReaderLimits, call: Call | undefined): AsyncGenerator<Uint8Array> {
  const { itemsize } = array.layout.dataType;
  // Without codecs a chunk may be read in parts: nothing is gained by larger bands. A chunk that is decoded is in memory
  // anyway, and goes out as it is if it is a band by itself.
  const largest = Math.max(limits.maxBandByteLength, Math.min(array.chunkByteLength, wholeChunkByteLength));
  const maxBandByteLength = array.readsParts ? limits.bandByteLength : Math.max(largest, limits.bandByteLength);
  const bands = planBands(array.grid, ranges, { itemsize: Math.max(itemsize, 1), bandByteLength: limits.bandByteLength, maxBandByteLength });
  const byteLengthOf = (band: readonly AxisRange[]) => band.reduce((product, { count }) => product * count, itemsize);
  yield* inOrderAhead(bands, { byteLengthOf, aheadByteLength: limits.bandByteLength * limits.bandsAhead }, async (band) => {
    checkCall(call);
    return (await readBand(array, band, limits.chunkConcurrency, call)).bytes;
  });
}

/** @throws TesseraError too_large if a response would carry more than it may. */
export function checkResponseSize(byteLength: number, { responseByteLimit }: ReaderLimits): void {
  if (byteLength <= responseByteLimit) return;
  throw new TesseraError('too_large', `Response would exceed ${responseByteLimit}. Use slicing ('?slice=...') to request smaller chunks.`, { byteLength, responseByteLimit });
}

import { axisChunkLengths, contiguousGrid, elementCount, type ChunkGrid, type ChunkRefs, type TableRefs } from '@tessera/domain';
import { damaged } from './damage.ts';
import { maxSegmentByteLength, maxSegmentCount } from './limits.ts';
import type { Page } from './page.ts';
import { imageByteLength, runOffset } from './segments.ts';
import type { Series } from './series.ts';

/** Grid and places of an array's chunks. */
export interface ArrayLayout {
  readonly grid: ChunkGrid;
  readonly edge: 'padded' | 'clipped';
  readonly refs: ChunkRefs;
  /** Lengths of the blocks in which clients are to ask for the array: whole numbers of small chunks. */
  readonly blocks: readonly number[];
}

/** Strips and tiles of some kilobytes make blocks of this size at most. */
const blockByteLength = 4 * 2 ** 20;

/** An axis of an image and the length of chunks along it. */
interface ChunkedAxis {
  readonly length: number;
  readonly chunk: number;
}

/**
 * How an array lies in the file: images that are one run each by runs, others by strips or tiles.
 * Undefined if its shape cannot be cut so. @throws TesseraError gone if there are too many, or too large ones.
 */
export function layOut(series: Series, itemsize: number, uri: string): ArrayLayout | undefined {
  const { page, frames } = series;
  const runs = frames.map((frame) => frame && runOffset(frame.page, frame.segments));
  if (runs.length > 0 && runs.every((byteOffset): byteOffset is number => byteOffset !== undefined)) return layOutRuns(series, runs, itemsize, uri);
  const axes = page.axes.map(({ length, segmentLength }) => ({ length, chunk: segmentLength }));
  const chunks = chunkLengths(series.shape, axes);
  if (!chunks) return undefined;
  if (elementCount(axes.map(({ chunk }) => chunk)) * itemsize > maxSegmentByteLength) throw damaged('a strip or tile of it claims more than a gigabyte');
  const blocks = chunkLengths(series.shape, inBlocks(page, itemsize))!;
  return { grid: { shape: series.shape, chunks }, edge: page.isTiled ? 'padded' : 'clipped', refs: segmentTable(series, axes, uri), blocks };
}

/** The axes of an image with rows and columns of strips or tiles put together, as square as can be. */
function inBlocks({ axes }: Page, itemsize: number): ChunkedAxis[] {
  const blocks = axes.map(({ name, length, segmentLength }) => ({ isGrowing: name === 'Y' || name === 'X', length, chunk: segmentLength }));
  for (;;) {
    const [longest] = blocks.filter(({ isGrowing, length, chunk }) => isGrowing && chunk < length).sort((a, b) => b.length / b.chunk - a.length / a.chunk);
    if (!longest || elementCount(blocks.map(({ chunk }) => chunk)) * itemsize * 2 > blockByteLength) return blocks;
    longest.chunk *= 2;
  }
}

/** Each image is one run: cut into chunks of a size to be read, whatever its strips are. */
function layOutRuns(series: Series, runs: readonly number[], itemsize: number, uri: string): ArrayLayout | undefined {
  const { page, shape, runCount } = series;
  const image = contiguousGrid(page.axes.map(({ length }) => length), itemsize);
  const imageChunks = image.chunks as readonly number[];
  const chunks = chunkLengths(shape, image.shape.map((length, axis) => ({ length, chunk: imageChunks[axis]! })));
  if (!chunks) return undefined;
  const byteLength = imageByteLength(page);
  const byteStride = elementCount(imageChunks) * itemsize;
  const grid = { shape, chunks };
  if (runCount !== undefined || runs.every((byteOffset, index) => byteOffset === runs[0]! + index * byteLength)) {
    return { grid, edge: 'clipped', refs: { form: 'affine', uri, byteOffset: runs[0]!, byteStride, byteLength: (runCount ?? runs.length) * byteLength }, blocks: chunks };
  }
  const cuts = chunkByteLengths(image, itemsize);
  const refs = emptyTable(runs.length * cuts.length, uri);
  runs.forEach((start, index) => {
    let byteOffset = start;
    cuts.forEach((cut, chunk) => {
      refs.byteOffsets[index * cuts.length + chunk] = byteOffset;
      refs.byteLengths[index * cuts.length + chunk] = cut;
      byteOffset += cut;
    });
  });
  return { grid, edge: 'clipped', refs, blocks: chunks };
}

/** Bytes of every chunk in C order of the grid. */
function chunkByteLengths(grid: ChunkGrid, itemsize: number): number[] {
  const lists = grid.shape.map((length, axis) => axisChunkLengths(length, grid.chunks[axis]!));
  return lists.reduce((products, lengths) => products.flatMap((product) => lengths.map((length) => product * length)), [itemsize]);
}

/** Strips and tiles in the order of the file, which is that of the grid. */
function segmentTable({ frames }: Series, axes: readonly ChunkedAxis[], uri: string): TableRefs {
  const perImage = elementCount(axes.map(({ length, chunk }) => Math.ceil(length / chunk)));
  const refs = emptyTable(frames.length * perImage, uri);
  frames.forEach((frame, index) => {
    for (let segment = 0; segment < perImage; segment++) {
      const byteOffset = frame?.segments.byteOffsets[segment] ?? 0;
      const byteLength = frame?.segments.byteLengths[segment] ?? 0;
      const isWritten = byteOffset > 0 && byteLength > 0;
      refs.byteOffsets[index * perImage + segment] = isWritten ? byteOffset : -1;
      refs.byteLengths[index * perImage + segment] = isWritten ? byteLength : 0;
    }
  });
  return refs;
}

function emptyTable(entryCount: number, uri: string): TableRefs {
  if (entryCount > maxSegmentCount) throw damaged(`it claims ${entryCount} strips or tiles`);
  return { form: 'table', uris: [uri], byteOffsets: new Float64Array(entryCount), byteLengths: new Float64Array(entryCount) };
}

/**
 * Chunk lengths of `shape`, whose last axes are those of an image but for axes of length 1 that one of
 * them lacks; axes before are cut to single images. Undefined if the image is not found in the shape.
 */
function chunkLengths(shape: readonly number[], image: readonly ChunkedAxis[]): number[] | undefined {
  const chunks = shape.map(() => 1);
  let axis = shape.length - 1;
  for (let inner = image.length - 1; inner >= 0;) {
    const { length, chunk } = image[inner]!;
    if (shape[axis] === length) {
      chunks[axis--] = chunk;
      inner--;
    } else if (length === 1 && chunk === 1) {
      inner--;
    } else if (shape[axis] === 1) {
      axis--;
    } else {
      return undefined;
    }
  }
  return chunks;
}

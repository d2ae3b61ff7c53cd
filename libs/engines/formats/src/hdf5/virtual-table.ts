// Virtual datasets whose every chunk is a chunk of a part, or any run of one that has no chunks: the whole has
// a table of chunks like any other dataset, and is read without knowing that it is virtual.
import {
  elementCount, gridShape, locate,
  type ArrayManifest, type ChunkGrid, type ChunkRef, type TableRefs,
} from '@tessera/domain';
import { maxChunkCount } from './limits.ts';
import type { VirtualArray, VirtualRequest } from './virtual-dataset.ts';
import { runsOf, type Part, type Run } from './virtual-parts.ts';

/** Largest run that is read as one chunk where the parts leave a choice. */
const maxRunByteLength = 16 * 2 ** 20;
/** Runs shorter than this are not worth an entry each, if there are many. */
const minRunByteLength = 4096;
const fewRuns = 4096;

/** Thrown within this file only: there can be no table. */
class NoTable extends Error {}

/** Undefined if the parts are not whole chunks of one kind. */
export function tabulate(parts: readonly Part[], shape: readonly number[], request: VirtualRequest): VirtualArray | undefined {
  const [first] = parts;
  if (!first || !parts.every(({ manifest }) => isAlike(manifest, first.manifest, request))) return undefined;
  try {
    const { grid, edge } = layoutOf(parts, shape);
    const refs = enterParts(parts, grid, edge, request);
    return { grid, edge, refs, codecs: first.manifest.codecs };
  } catch (error) {
    if (error instanceof NoTable) return undefined;
    throw error;
  }
}

function isAlike(manifest: ArrayManifest, first: ArrayManifest, { fillValue }: VirtualRequest): boolean {
  const { refs, codecs, edge } = manifest;
  if (refs.form === 'inline' || refs.form === 'mosaic' || edge !== first.edge || JSON.stringify(codecs) !== JSON.stringify(first.codecs)) return false;
  if (refs.form !== 'table') return true;
  const hasMissing = refs.byteOffsets.some((byteOffset) => byteOffset < 0);
  return (edge === 'padded' || isOnePiece(refs)) && (!hasMissing || isEqual(manifest.fillValue, fillValue));
}

/** Whether the chunks are cuts of one run, or none was ever written. */
function isOnePiece({ uris, byteOffsets, byteLengths }: TableRefs): boolean {
  if (byteOffsets.every((byteOffset) => byteOffset < 0)) return true;
  return uris.length === 1 && byteOffsets.every((byteOffset, ordinal) => ordinal === 0 || byteOffsets[ordinal - 1]! + byteLengths[ordinal - 1]! === byteOffset);
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function layoutOf(parts: readonly Part[], shape: readonly number[]): { grid: ChunkGrid; edge: 'padded' | 'clipped' } {
  const [first] = parts as [Part];
  if (first.manifest.edge === 'clipped') return { grid: gridOfRuns(parts, shape), edge: 'clipped' };
  const sourceChunks = first.manifest.grid.chunks as readonly number[];
  const chunks = first.axisOf.map((axis) => (axis === undefined ? 1 : sourceChunks[axis]!));
  // A chunk of the part must be one of the whole: nothing of it may be left out.
  if (elementCount(chunks) !== elementCount(sourceChunks)) throw new NoTable();
  return { grid: { shape, chunks }, edge: 'padded' };
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** Parts without chunks: trailing axes that all parts have whole, and of the axis before as much as all have in one run. */
function gridOfRuns(parts: readonly Part[], shape: readonly number[]): ChunkGrid {
  const chunks = shape.map(() => 1);
  let byteLength = storedItemByteLength(parts[0]!.manifest);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    // Starts and ends of all runs must be chunk boundaries, but for an end at the edge of the whole.
    const boundaries = parts.flatMap((part) => runsOf(part, axis)).flatMap((run) => (run.virtualStart + run.length === length ? [run.virtualStart] : [run.virtualStart, run.virtualStart + run.length]));
    const common = boundaries.reduce(greatestCommonDivisor, 0) || Math.max(length, 1);
    const room = Math.max(1, Math.floor(maxRunByteLength / byteLength));
    chunks[axis] = common <= room ? common : 1;
    byteLength *= chunks[axis]!;
    if (chunks[axis]! < length || !parts.every((part) => isWholeAxis(part, axis))) break;
  }
  return { shape, chunks };
}

/** Whether runs of a part may go on over this axis: it has it whole, and leaves out nothing between it and the axis before. */
function isWholeAxis({ manifest, source, axisOf }: Part, axis: number): boolean {
  const sourceAxis = axisOf[axis];
  if (sourceAxis === undefined) return true;
  const before = axisOf.slice(0, axis).findLast((candidate) => candidate !== undefined) ?? sourceAxis - 1;
  const { shape } = manifest.grid;
  const [only, ...others] = source[sourceAxis]!;
  return others.length === 0 && only?.length === shape[sourceAxis] && shape.slice(before + 1, sourceAxis).every((length) => length === 1);
}

/** Bytes of an element as stored: structs may have gaps. */
function storedItemByteLength({ codecs, dataType }: ArrayManifest): number {
  const packed = codecs.find((codec) => codec.name === 'packed_fields');
  return (packed?.configuration?.['itemsize'] as number | undefined) ?? dataType.itemsize;
}

function enterParts(parts: readonly Part[], grid: ChunkGrid, edge: 'padded' | 'clipped', { budget, uri }: VirtualRequest): TableRefs {
  const counts = gridShape(grid);
  const total = elementCount(counts);
  const chunkByteLength = elementCount(grid.chunks as readonly number[]) * storedItemByteLength(parts[0]!.manifest);
  if (total > maxChunkCount || (total > fewRuns && edge === 'clipped' && chunkByteLength < minRunByteLength)) throw new NoTable();
  budget.take(total);
  const byteOffsets = new Float64Array(total).fill(-1);
  const byteLengths = new Float64Array(total);
  const uriIndex = new Uint32Array(total);
  const codecMasks = new Uint32Array(total);
  const isTaken = new Uint8Array(total);
  const uris = new Map<string, number>();
  for (const part of parts) {
    for (const { virtualChunk, sourceOrigin, runLengths } of alignedChunks(part, grid)) {
      const ordinal = virtualChunk.reduce((flat, index, axis) => flat * counts[axis]! + index, 0);
      // Parts that lie over others would have to be told apart from what is missing in them.
      if (isTaken[ordinal] === 1) throw new NoTable();
      isTaken[ordinal] = 1;
      const ref = edge === 'padded' ? chunkOf(part.manifest, sourceOrigin) : runOf(part.manifest, sourceOrigin, runLengths);
      if (ref?.kind !== 'range') continue;
      if (!uris.has(ref.uri)) uris.set(ref.uri, uris.size);
      byteOffsets[ordinal] = ref.byteOffset;
      byteLengths[ordinal] = ref.byteLength;
      uriIndex[ordinal] = uris.get(ref.uri)!;
      codecMasks[ordinal] = ref.codecMask ?? 0;
    }
  }
  const masks = codecMasks.some((mask) => mask !== 0) ? { codecMasks } : {};
  return { form: 'table', uris: uris.size === 0 ? [uri] : [...uris.keys()], byteOffsets, byteLengths, ...(uris.size > 1 ? { uriIndex } : {}), ...masks };
}

function chunkOf(manifest: ArrayManifest, origin: readonly number[]): ChunkRef | undefined {
  const lengths = manifest.grid.chunks as readonly number[];
  return locate(manifest, origin.map((element, axis) => element / lengths[axis]!));
}

/** A run of an array that lies in one piece; its own chunks are only cuts of that piece. */
function runOf(manifest: ArrayManifest, origin: readonly number[], runElements: number): ChunkRef | undefined {
  const { refs, grid } = manifest;
  const itemByteLength = storedItemByteLength(manifest);
  const flat = origin.reduce((element, at, axis) => element * grid.shape[axis]! + at, 0);
  const byteLength = runElements * itemByteLength;
  if (refs.form === 'affine') return { kind: 'range', uri: refs.uri, byteOffset: refs.byteOffset + flat * itemByteLength, byteLength };
  if (refs.form !== 'table' || !(refs.byteOffsets[0]! >= 0)) return undefined;
  return { kind: 'range', uri: refs.uris[0]!, byteOffset: refs.byteOffsets[0]! + flat * itemByteLength, byteLength };
}

interface AlignedChunk {
  readonly virtualChunk: readonly number[];
  /** First element of it in the part. */
  readonly sourceOrigin: readonly number[];
  /** Elements of it that are in the part. */
  readonly runLengths: number;
}

interface AxisChunk {
  readonly chunk: number;
  readonly sourceStart: number;
  readonly length: number;
}

/** The chunks of the whole that a part fills. @throws NoTable if it fills any of them only partly. */
function* alignedChunks({ manifest, source, virtual, axisOf }: Part, grid: ChunkGrid): Generator<AlignedChunk> {
  const sourceChunks = manifest.edge === 'padded' ? (manifest.grid.chunks as readonly number[]) : undefined;
  const axes = virtual.map((_intervals, axis) => {
    const sourceAxis = axisOf[axis];
    const sourceStep = sourceAxis === undefined ? 1 : (sourceChunks?.[sourceAxis] ?? 1);
    return runsOf({ manifest, source, virtual, axisOf }, axis).flatMap((run) => axisChunks(run, grid.chunks[axis] as number, grid.shape[axis]!, sourceStep));
  });
  if (axes.some((chunks) => chunks.length === 0)) return;
  const fixedOrigin = source.map((intervals) => intervals[0]?.start ?? 0);
  if (sourceChunks?.some((length, axis) => fixedOrigin[axis]! % length !== 0)) throw new NoTable();
  const cursor = axes.map(() => 0);
  for (;;) {
    const here = cursor.map((at, axis) => axes[axis]![at]!);
    const sourceOrigin = [...fixedOrigin];
    here.forEach(({ sourceStart }, axis) => {
      const sourceAxis = axisOf[axis];
      if (sourceAxis !== undefined) sourceOrigin[sourceAxis] = sourceStart;
    });
    yield { virtualChunk: here.map(({ chunk }) => chunk), sourceOrigin, runLengths: here.reduce((product, { length }) => product * length, 1) };
    let axis = axes.length - 1;
    while (axis >= 0 && ++cursor[axis]! === axes[axis]!.length) cursor[axis--] = 0;
    if (axis < 0) return;
  }
}

/** The chunks of a run, each of which it must fill. */
function axisChunks({ virtualStart, sourceStart, length }: Run, chunkLength: number, extent: number, sourceStep: number): AxisChunk[] {
  const chunks: AxisChunk[] = [];
  for (let done = 0; done < length; done += chunkLength) {
    const step = Math.min(chunkLength, length - done);
    const isWhole = step === chunkLength || virtualStart + done + step === extent;
    if (virtualStart % chunkLength !== 0 || (sourceStart + done) % sourceStep !== 0 || !isWhole) throw new NoTable();
    chunks.push({ chunk: (virtualStart + done) / chunkLength, sourceStart: sourceStart + done, length: step });
  }
  return chunks;
}

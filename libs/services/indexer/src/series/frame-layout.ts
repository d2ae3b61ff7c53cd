import { loadCodec } from '@tessera/codecs';
import {
  TesseraError, elementCount, gridShape, locate,
  type ArrayManifest, type ChunkGrid, type CodecLoaders, type CodecSpec, type DataType, type Entry, type IndexedNode,
} from '@tessera/domain';

/** All that frames of one array have in common. Shapes and chunks are those of a frame. */
export interface FrameLayout {
  readonly dataType: DataType;
  readonly grid: ChunkGrid;
  readonly edge: 'padded' | 'clipped';
  readonly fillValue?: Uint8Array;
  /** As they are in the stack: for chunks with a first axis of length 1. */
  readonly codecs: readonly CodecSpec[];
}

/** Where the chunks of a frame lie in its file, by chunk ordinal; −1 = never written. */
export interface FrameTable {
  readonly byteOffsets: readonly number[];
  readonly byteLengths: readonly number[];
}

/** A frame of more chunks than this is better served by itself. */
const maxChunksPerFrame = 2 ** 20;

/** What a file would be as a frame of a stack. @throws TesseraError unsupported if it cannot be one. */
export async function frameOf(nodes: readonly IndexedNode[], entry: Entry, loaders: CodecLoaders | undefined): Promise<{ readonly layout: FrameLayout; readonly table: FrameTable }> {
  const [node] = nodes;
  const manifest = node?.manifest;
  if (nodes.length !== 1 || manifest?.kind !== 'array') throw notStackable();
  if (manifest.volatile || manifest.sources.some(({ uri }) => uri !== entry.uri)) throw notStackable();
  const { dataType, grid, edge, fillValue } = manifest;
  const codecs = await stackedCodecs(manifest.codecs, grid.shape.length, loaders);
  return { layout: { dataType, grid, edge, ...(fillValue ? { fillValue } : {}), codecs }, table: tableOf(manifest, entry.uri) };
}

/** Equal for equal layouts, whatever the order in which their keys were written. */
export function layoutKey({ dataType, grid, edge, fillValue, codecs }: FrameLayout): string {
  return JSON.stringify(sorted([dataType, grid.shape, grid.chunks, edge, fillValue ? [...fillValue] : null, codecs]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

function tableOf(manifest: ArrayManifest, uri: string): FrameTable {
  const counts = gridShape(manifest.grid);
  const total = elementCount(counts);
  if (total > maxChunksPerFrame) throw notStackable();
  const byteOffsets: number[] = [];
  const byteLengths: number[] = [];
  const index = counts.map(() => 0);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    const ref = locate(manifest, index);
    if (ref && (ref.kind !== 'range' || ref.uri !== uri || ref.codecMask !== undefined || ref.problem !== undefined)) throw notStackable();
    byteOffsets.push(ref?.byteOffset ?? -1);
    byteLengths.push(ref?.byteLength ?? 0);
    for (let axis = counts.length - 1; axis >= 0 && ++index[axis]! === counts[axis]!; axis--) index[axis] = 0;
  }
  return { byteOffsets, byteLengths };
}

/** The codecs of a frame, for chunks which have one more axis, of length 1, in front. */
async function stackedCodecs(codecs: readonly CodecSpec[], rank: number, loaders: CodecLoaders | undefined): Promise<readonly CodecSpec[]> {
  const stacked: CodecSpec[] = [];
  for (const codec of codecs) {
    const order = codec.configuration?.['order'];
    if (codec.name === 'transpose' && Array.isArray(order)) {
      stacked.push({ ...codec, configuration: { ...codec.configuration, order: [0, ...(order as number[]).map((axis) => axis + 1)] } });
    } else if (await heedsAxes(codec, loaders)) {
      return [{ name: 'reshape', configuration: { shape: withoutFirstAxis(rank) } }, ...codecs];
    } else {
      stacked.push(codec);
    }
  }
  return stacked;
}

/** Whether a codec makes a difference between the axes of a chunk. */
async function heedsAxes({ name }: CodecSpec, loaders: CodecLoaders | undefined): Promise<boolean> {
  if (name === 'bytes' || name === 'packed_fields') return false;
  return (await loadCodec(name, loaders)).kind !== 'bytes-to-bytes';
}

/** Joins the first two axes, of which the first has the length 1. */
function withoutFirstAxis(rank: number): readonly (readonly number[])[] {
  return Array.from({ length: rank }, (_, axis) => (axis === 0 ? [0, 1] : [axis + 1]));
}

function notStackable(): TesseraError {
  return new TesseraError('unsupported', 'It holds something else than one array that can be stacked.');
}

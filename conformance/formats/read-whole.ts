import { createPipeline } from '@tessera/codecs';
import { chunkOriginAt, chunkShapeAt, elementCount, gridShape, locate, type ArrayManifest, type MosaicRefs } from '@tessera/domain';
import { fixtureStore as store } from '../tables/fixture-store.ts';

/** The whole array, chunk by chunk, without any of the reader's cleverness. */
export async function readWhole(manifest: ArrayManifest): Promise<Uint8Array> {
  const { grid, edge, dataType, fillValue, refs } = manifest;
  if (refs.form === 'mosaic') return layTiles(manifest, refs);
  const result = new Uint8Array(elementCount(grid.shape) * dataType.itemsize);
  const counts = gridShape(grid);
  for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) {
    const chunkIndex = unravel(ordinal, counts);
    const inside = chunkShapeAt(grid, chunkIndex);
    const stored = edge === 'padded' ? (grid.chunks as readonly number[]) : inside;
    const chunk = await readChunk(manifest, chunkIndex, stored);
    const origin = chunkOriginAt(grid, chunkIndex);
    for (let element = 0; element < elementCount(inside); element++) {
      const place = unravel(element, inside);
      const from = place.reduce((flat, at, axis) => flat * stored[axis]! + at, 0) * dataType.itemsize;
      const to = place.reduce((flat, at, axis) => flat * grid.shape[axis]! + origin[axis]! + at, 0) * dataType.itemsize;
      const value = chunk?.subarray(from, from + dataType.itemsize) ?? fillValue;
      if (value) result.set(value, to);
    }
  }
  return result;
}

/** Element by element, tile over tile. */
async function layTiles({ grid: { shape }, dataType: { itemsize }, fillValue }: ArrayManifest, { arrays, tiles }: MosaicRefs): Promise<Uint8Array> {
  const result = Buffer.alloc(elementCount(shape) * itemsize, fillValue ?? 0);
  const flat = (place: readonly number[], lengths: readonly number[]) => place.reduce((sum, at, axis) => sum * lengths[axis]! + at, 0) * itemsize;
  for (const { array, axes, origin } of tiles) {
    const manifest = arrays[array]!;
    const values = await readWhole(manifest);
    const places = axes.map(({ runs }) => runs.flatMap((run) => Array.from({ length: run.count * run.length }, (_, index) => {
      const [number, within] = [Math.floor(index / run.length), index % run.length];
      return { to: run.start + number * run.stride + within, from: run.arrayStart + number * run.arrayStride + within };
    })));
    const counts = places.map((axis) => axis.length);
    for (let element = 0; element < elementCount(counts); element++) {
      const here = unravel(element, counts).map((at, axis) => places[axis]![at]!);
      const from = [...origin];
      axes.forEach(({ axis }, whole) => {
        if (axis !== undefined) from[axis] = here[whole]!.from;
      });
      const start = flat(from, manifest.grid.shape);
      result.set(values.subarray(start, start + itemsize), flat(here.map(({ to }) => to), shape));
    }
  }
  return result;
}

async function readChunk(manifest: ArrayManifest, chunkIndex: readonly number[], shape: readonly number[]): Promise<Uint8Array | undefined> {
  const ref = locate(manifest, chunkIndex);
  if (!ref) return undefined;
  const bytes = ref.kind === 'inline' ? ref.bytes : await store.read(ref.uri, ref.kind === 'range' ? ref : undefined);
  const pipeline = await createPipeline(manifest.codecs, { shape, dataType: manifest.dataType, store });
  return pipeline.decode(bytes!, ref.kind === 'range' && ref.codecMask !== undefined ? { codecMask: ref.codecMask } : {});
}

function unravel(ordinal: number, counts: readonly number[]): number[] {
  const index = counts.map(() => 0);
  for (let axis = counts.length - 1, rest = ordinal; axis >= 0; axis--) {
    index[axis] = rest % counts[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  return index;
}

// Virtual datasets: parts of other datasets side by side, or over one another.
import {
  contiguousGrid, sameDataType,
  type ChunkGrid, type ChunkRefs, type CodecSpec, type DataType, type Source,
} from '@tessera/domain';
import { missingRefs } from './raw-storage.ts';
import type { ChunkBudget } from './chunk-table.ts';
import { unsupported } from './damage.ts';
import type { VirtualMapping } from './messages/virtual-mappings.ts';
import { mosaicOf } from './virtual-mosaic.ts';
import { extentOf, openMappings, partOf, type OpenArray } from './virtual-parts.ts';
import { tabulate } from './virtual-table.ts';

/** Where a file of that name would be: as it is now, or as absent. */
export type LookFor = (fileName: string) => Promise<readonly Source[]>;

/** Files that are not there, or have not what is wanted of them, and are looked for again; the next ones when these have come. */
const maxMissingFiles = 64;

export interface VirtualArray {
  readonly grid: ChunkGrid;
  readonly edge: 'padded' | 'clipped';
  readonly refs: ChunkRefs;
  readonly codecs: readonly CodecSpec[];
}

export interface VirtualRequest {
  readonly shape: readonly number[];
  readonly dataType: DataType;
  readonly fillValue: Uint8Array | undefined;
  readonly uri: string;
  readonly budget: ChunkBudget;
  readonly openArray: OpenArray;
  readonly lookFor: LookFor;
}

/** @throws TesseraError gone if it cannot be put together. */
export async function assembleVirtual(mappings: readonly VirtualMapping[], request: VirtualRequest): Promise<VirtualArray & { readonly sources: readonly Source[] }> {
  const { opened, missingFiles } = await openMappings(mappings, request.openArray);
  const shape = extentOf(request.shape, opened);
  const parts = opened.map((mapping) => partOf(mapping, shape));
  if (!parts.every(({ manifest }) => sameDataType(manifest.dataType, request.dataType))) throw unsupported('The parts of this virtual dataset have another datatype than the whole');
  const missing: Source[] = [];
  for (const fileName of [...missingFiles].slice(0, maxMissingFiles)) missing.push(...(await request.lookFor(fileName)));
  const sources = new Map([...missing, ...parts.flatMap(({ manifest }) => manifest.sources)].map((source) => [source.uri, source]));
  const array = parts.length === 0 ? nothing(shape, request) : tabulate(parts, shape, request) ?? mosaicOf(parts, shape, request);
  return { ...array, sources: [...sources.values()] };
}

function nothing(shape: readonly number[], { dataType, uri, budget }: VirtualRequest): VirtualArray {
  const grid = contiguousGrid(shape, dataType.itemsize);
  return { grid, edge: 'clipped', refs: missingRefs(grid, uri, budget), codecs: [{ name: 'bytes' }] };
}

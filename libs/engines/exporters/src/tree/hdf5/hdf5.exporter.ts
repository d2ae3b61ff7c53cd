// HDF5, written front to back while it is read: everything but the data is laid out beforehand.
import { TesseraError, type Catalog, type Reader, type TreeExporter, type TreeFile, type TreeRequest } from '@tessera/domain';
import { wholeElements } from '../../array/whole-elements.ts';
import { TreePlanner, defaultTreeLimits, type TreeLimits } from '../plan-tree.ts';
import type { ArrayPlan, GroupPlan } from '../tree-plan.ts';
import { layOut, type FileLayout, type PlacedData } from './file-layout.ts';
import { withUtf8 } from './text-bytes.ts';

const pieceByteLength = 256 * 1024;

/** Containers as groups, tables as groups of their columns, arrays as data sets, metadata as attributes. */
export class Hdf5Exporter implements TreeExporter {
  private readonly catalog: Catalog;
  private readonly reader: Reader;
  private readonly limits: TreeLimits;

  constructor(catalog: Catalog, reader: Reader, limits: Partial<TreeLimits> = {}) {
    this.catalog = catalog;
    this.reader = reader;
    this.limits = { ...defaultTreeLimits, ...limits };
  }

  async export(request: TreeRequest): Promise<TreeFile> {
    return hdf5File(await new TreePlanner(this.catalog, this.reader, this.limits, request).plan());
  }
}

/** The file of a plan. */
export function hdf5File(root: GroupPlan): TreeFile {
  const layout = layOut(root);
  return { byteLength: layout.byteLength, pieces: writeFile(layout) };
}

async function* writeFile({ front, frontByteLength, data }: FileLayout): AsyncGenerator<Uint8Array> {
  yield* inPieces(front);
  let at = frontByteLength;
  for (const placed of data) {
    if (placed.byteOffset > at) yield new Uint8Array(placed.byteOffset - at);
    yield* writeData(placed);
    at = placed.byteOffset + placed.byteLength;
  }
}

async function* writeData({ plan, type, byteLength }: PlacedData): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const piece of elementsOf(plan, type.texts.length > 0)) {
    written += piece.byteLength;
    if (written > byteLength) break;
    yield withUtf8(piece, type);
  }
  if (written !== byteLength) throw new TesseraError('internal', `The data of ${plan.name} are not as long as they were said to be.`);
}

function elementsOf({ source, dataType }: ArrayPlan, areWhole: boolean): AsyncIterable<Uint8Array> {
  return areWhole ? wholeElements(source.pieces(), dataType.itemsize) : source.pieces();
}

/** Small buffers gathered. */
function* inPieces(buffers: readonly Uint8Array[]): Generator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let byteLength = 0;
  for (const buffer of buffers) {
    gathered.push(buffer);
    byteLength += buffer.byteLength;
    if (byteLength < pieceByteLength) continue;
    yield Buffer.concat(gathered, byteLength);
    gathered = [];
    byteLength = 0;
  }
  yield Buffer.concat(gathered, byteLength);
}

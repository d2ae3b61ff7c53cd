import { mintTicket, regularChunkShape, structureOf, TesseraError, type ArrayLayout, type ArrayStructure, type AxisChunks, type CodecSpec, type Reader, type ScalarType, type Ticket } from '@tessera/domain';
import type { OpenedNode } from './open-node.ts';

/** How to ask for chunks as their elements. */
export interface PlainChunks {
  /** Of all chunks but those cut at the end of an axis. */
  readonly shape: readonly number[];
  readonly codecs: readonly CodecSpec[];
  /** Whether they are stored so: then the bytes are passed on. */
  readonly areStored: boolean;
}

/** An array, a sparse array or a column of a table, ready to be read. */
export interface OpenedArray {
  readonly ticket: Ticket;
  readonly structure: ArrayStructure;
  readonly isSparse: boolean;
  readonly volatile: boolean;
  /** Whether the chunks of the structure are those that are stored; it may list larger ones. */
  readonly hasStoredChunks: boolean;
  /** Absent if it cannot be read so. */
  readonly plainChunks?: PlainChunks;
  /** Of sparse arrays: the type of the coordinates. */
  readonly coordinateType?: ScalarType;
}

/** @throws TesseraError gone or unsupported if the node has no data. */
export async function openArray(reader: Reader, { principal, node, column, call }: OpenedNode): Promise<OpenedArray> {
  const ticket = mintTicket(principal, node);
  const { structure } = node;
  if (structure.family === 'sparse') {
    const { coordinateType, ...array } = structure.sparse;
    return { ticket, structure: array, isSparse: true, volatile: false, hasStoredChunks: true, coordinateType };
  }
  const layout = await reader.describe(ticket, column, call);
  if (column !== undefined) return { ticket, structure: structureOf(layout), isSparse: false, volatile: layout.volatile, hasStoredChunks: true };
  if (structure.family !== 'array') throw new TesseraError('unsupported', 'This node is no array.');
  const hasStoredChunks = sameChunks(structure.array.chunks, layout.grid.chunks);
  const shape = hasStoredChunks ? regularChunkShape(layout.grid) : undefined;
  return { ticket, structure: structure.array, isSparse: false, volatile: layout.volatile, hasStoredChunks, ...(shape ? { plainChunks: { shape, ...plainCodecsOf(layout) } } : {}) };
}

/** Those of the store, if they leave elements as they are. */
function plainCodecsOf({ codecs, dataType }: ArrayLayout): Pick<PlainChunks, 'codecs' | 'areStored'> {
  const [codec] = codecs;
  const endian = codec?.configuration?.['endian'];
  const areStored = codecs.length === 1 && codec!.name === 'bytes' && (endian === undefined || (dataType.kind !== 'struct' && endian === dataType.endianness));
  return { codecs: areStored ? codecs : [{ name: 'bytes' }], areStored };
}

function sameChunks(a: readonly AxisChunks[], b: readonly AxisChunks[]): boolean {
  return a === b || (a.length === b.length && a.every((chunks, axis) => sameLengths(chunks, b[axis]!)));
}

function sameLengths(a: AxisChunks, b: AxisChunks): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.length === b.length && a.every((length, index) => length === b[index]);
}

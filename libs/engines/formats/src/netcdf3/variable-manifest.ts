import { TesseraError, contiguousGrid, elementCount, gridShape, type ArrayManifest, type ByteStore, type Call, type ChunkGrid, type ChunkRefs, type Source } from '@tessera/domain';
import { denseRefs } from '../dense-refs.ts';
import { damaged } from './damage.ts';
import type { ClassicVariable } from './header.ts';
import { readScattered, scatteredCountLimit, scatteredByteLimit } from './scattered-values.ts';
import type { VariableLayout } from './record-layout.ts';

/** Records so short that a read of many costs no more than one of each: bytes of one, and of those in a chunk. */
const shortRecordByteLength = 64 * 1024;
const shortRecordsByteLength = 2 ** 20;

/** Bytes of a variable in one record that are worth a chunk of their own. */
const maxRecordChunkByteLength = 64 * 2 ** 20;

type Where = Pick<ArrayManifest, 'grid' | 'edge' | 'codecs' | 'refs'>;

/** Where a variable's values are. @throws TesseraError gone if the file has not got them all. */
export async function variableManifest(variable: ClassicVariable, layout: VariableLayout, source: Source & { readonly byteLength: number }, store: ByteStore, call?: Call): Promise<ArrayManifest> {
  const { shape, byteLength, recordByteStride } = layout;
  const count = recordByteStride === undefined ? 1 : shape[0]!;
  const end = count === 0 ? 0 : variable.byteOffset + (count - 1) * (recordByteStride ?? 0) + byteLength;
  if (!Number.isSafeInteger(end) || !Number.isSafeInteger(elementCount(shape))) throw damaged('a variable claims more values than can be counted');
  if (end > source.byteLength) throw new TesseraError('gone', `The netCDF file is cut short: this variable ends at byte ${end}, the file has ${source.byteLength}.`);
  const where = recordByteStride === undefined ? inOneRun(variable, shape, source) : await inRecords(variable, layout, recordByteStride, source, store, call);
  return { kind: 'array', dataType: variable.type, sources: [source], ...where };
}

function inOneRun({ type, byteOffset }: ClassicVariable, shape: readonly number[], { uri }: Source): Where {
  return { ...denseRefs(shape, type.itemsize, false, uri, byteOffset), edge: 'clipped', codecs: storedBytes(type) };
}

async function inRecords(variable: ClassicVariable, { shape, byteLength }: VariableLayout, byteStride: number, source: Source, store: ByteStore, call?: Call): Promise<Where> {
  const [count, ...inner] = shape as [number, ...number[]];
  const { byteOffset, type } = variable;
  const { uri } = source;
  const codecs = storedBytes(type);
  const total = count === 0 ? 0 : (count - 1) * byteStride + byteLength;
  if (byteLength > maxRecordChunkByteLength) return { ...partsOfRecords(variable, shape, byteStride, uri), edge: 'clipped', codecs };
  if (byteStride <= shortRecordByteLength && byteLength > 0) {
    const perChunk = Math.max(1, Math.min(count, Math.floor(shortRecordsByteLength / byteStride)));
    const chunkByteLength = (perChunk - 1) * byteStride + byteLength;
    const refs: ChunkRefs = { form: 'affine', uri, byteOffset, byteStride: perChunk * byteStride, chunkByteLength, byteLength: total };
    return { grid: gridOf(shape, perChunk), edge: 'padded', codecs: [...codecs, { name: 'interleaved', configuration: { runByteLength: byteLength, byteStride } }], refs };
  }
  if (count <= scatteredCountLimit && count * byteLength <= scatteredByteLimit) {
    const bytes = await readScattered({ uri, byteOffset, byteStride, byteLength, count }, store, call);
    return { grid: gridOf(shape, Math.max(count, 1)), edge: 'clipped', codecs, refs: { form: 'inline', bytes } };
  }
  return { grid: { shape, chunks: [1, ...inner.map((length) => Math.max(length, 1))] }, edge: 'padded', codecs, refs: { form: 'affine', uri, byteOffset, byteStride, chunkByteLength: byteLength, byteLength: total } };
}

function gridOf(shape: readonly number[], perChunk: number): ChunkGrid {
  return { shape, chunks: [perChunk, ...shape.slice(1).map((length) => Math.max(length, 1))] };
}

function storedBytes({ endianness }: ClassicVariable['type']): ArrayManifest['codecs'] {
  return [endianness === 'not_applicable' ? { name: 'bytes' } : { name: 'bytes', configuration: { endian: endianness } }];
}

const tableEntryLimit = 2 ** 22;

/** Records too long to be a chunk each, cut as a variable without records would be. */
function partsOfRecords({ type, byteOffset }: ClassicVariable, shape: readonly number[], byteStride: number, uri: string): Pick<Where, 'grid' | 'refs'> {
  const [count, ...inner] = shape as [number, ...number[]];
  const part = contiguousGrid(inner, type.itemsize);
  const grid: ChunkGrid = { shape, chunks: [1, ...part.chunks] };
  const perRecord = elementCount(gridShape(part));
  if (perRecord * count > tableEntryLimit) throw new TesseraError('gone', 'The variable is too large to be served.');
  const one = denseRefs(inner, type.itemsize, false, uri, byteOffset).refs;
  const byteOffsets = new Float64Array(perRecord * count);
  const byteLengths = new Float64Array(perRecord * count);
  const starts = one.form === 'table' ? one.byteOffsets : Float64Array.from({ length: perRecord }, (_, index) => byteOffset + index * one.byteStride);
  const lengths = one.form === 'table' ? one.byteLengths : Float64Array.from({ length: perRecord }, (_, index) => Math.min(one.byteStride, one.byteLength - index * one.byteStride));
  for (let record = 0; record < count; record++) {
    for (let index = 0; index < perRecord; index++) {
      byteOffsets[record * perRecord + index] = starts[index]! + record * byteStride;
      byteLengths[record * perRecord + index] = lengths[index]!;
    }
  }
  return { grid, refs: { form: 'table', uris: [uri], byteOffsets, byteLengths } };
}

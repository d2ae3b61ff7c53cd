// A dataset as a manifest: type, grid, codecs, and where the chunks lie.
import {
  elementCount, type ArrayManifest, type ArrayStructure, type ChunkGrid, type ChunkRefs, type CodecSpec, type Json, type ScalarType, type Source,
} from '@tessera/domain';
import { chunkIndexReaders } from './chunk-index/read-chunk-index.ts';
import { ChunkTable, type ChunkBudget } from './chunk-table.ts';
import { damaged, unsupported } from './damage.ts';
import { elementOf, packItem, wholeInteger, type Element, type PackedField } from './element.ts';
import { joinExternal, type ExternalPiece } from './external-data.ts';
import { filtersToCodecs } from './filters-to-codecs.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxInlineByteLength } from './limits.ts';
import { parseDataType, type Hdf5Type } from './messages/data-type.ts';
import { parseDataspace, type Dataspace } from './messages/dataspace.ts';
import { parseExternalFiles } from './messages/external-files.ts';
import { parseFillValue, parseOldFillValue } from './messages/fill-value.ts';
import { parseFilterPipeline, type Filter } from './messages/filter-pipeline.ts';
import { parseLayout, type Layout } from './messages/layout.ts';
import { parseVirtualMappings } from './messages/virtual-mappings.ts';
import { messageType, type HeaderMessage } from './object-header.ts';
import { gridOfRun, missingRefs, refsOfRun } from './raw-storage.ts';
import { findMessage } from './shared-messages.ts';
import { longestInChunks, longestInRun, longestReferenced, referencesIn, type ReferencePlaces } from './string-lengths.ts';
import { assembleVirtual, type LookFor } from './virtual-dataset.ts';
import type { OpenArray } from './virtual-parts.ts';

/** The largest chunk that may be decoded at a time, bytes. */
const maxChunkByteLength = 2 ** 31;

export interface IndexedArray {
  readonly structure: ArrayStructure;
  /** How far each axis may grow; Infinity = without bound. */
  readonly maxShape: readonly number[];
  readonly manifest: ArrayManifest;
}

/** What readers of HDF5 and of netCDF expect differently. */
export interface Conventions {
  /** Shape under which a scalar is shown. */
  readonly scalarShape: readonly number[];
  /** Type of strings of variable length: octets, or text. */
  readonly text: 'S' | 'U';
}

/** What datasets of one file have in common. */
export interface DatasetContext {
  readonly file: Hdf5File;
  readonly conventions: Conventions;
  readonly budget: ChunkBudget;
  /** The file of raw data of that name beside the HDF5 file. @throws TesseraError not_found if there is none. */
  readonly findFile: (fileName: string) => Promise<Source>;
  /** A dataset that this one is made of, in whatever file; undefined if it is not there. */
  readonly openArray: OpenArray;
  readonly lookFor: LookFor;
}

interface Dataset {
  readonly context: DatasetContext;
  readonly file: Hdf5File;
  readonly dataspace: Dataspace;
  readonly type: Hdf5Type;
  /** With strings of variable length as if of one byte. */
  readonly element: Element;
  /** Absent = there are no strings of variable length. */
  readonly references: ReferencePlaces | undefined;
  /** With inner axes; of a scalar as the conventions have it. */
  readonly shape: readonly number[];
  /** Bytes of one item (inner axes not included) as stored. */
  readonly itemByteLength: number;
  readonly messages: readonly HeaderMessage[];
}

/** Storage in terms of a manifest. */
interface Stored {
  readonly grid: ChunkGrid;
  readonly edge: 'padded' | 'clipped';
  readonly refs: ChunkRefs;
  readonly filters: readonly Filter[];
  /** The longest strings of variable length, by slot; absent = none are stored. */
  readonly stringByteLengths?: readonly number[];
  /** Of what is not in the file itself. */
  readonly sources?: readonly Source[];
  /** What was never written is zeros, whatever the fill value. */
  readonly isFilledWithZeros?: boolean;
  /** Of data that are made of other datasets: theirs. */
  readonly codecs?: readonly CodecSpec[];
}

/** @throws TesseraError gone with a sentence for the node's `problem`. */
export async function indexDataset(context: DatasetContext, messages: readonly HeaderMessage[]): Promise<IndexedArray> {
  const { file } = context;
  const dataspace = parseDataspace(file.cursor(await needMessage(file, messages, messageType.dataspace)), file.lengthSize);
  if (dataspace.isNull) throw unsupported('The dataset is empty: its dataspace is null, so it has not even a shape');
  const type = parseDataType(file.cursor(await needMessage(file, messages, messageType.dataType)));
  const element = elementOf(type);
  const layout = parseLayout(file.cursor(await needMessage(file, messages, messageType.layout)));
  const fullShape = [...dataspace.shape, ...element.innerShape];
  const shape = fullShape.length === 0 ? context.conventions.scalarShape : fullShape;
  const itemByteLength = element.storedByteLength / elementCount(element.innerShape);
  if (!Number.isSafeInteger(elementCount(shape) * Math.max(itemByteLength, element.dataType.itemsize))) throw unsupported('The dataset has more bytes than can be counted');
  const dataset: Dataset = { context, file, dataspace, type, element, references: referencesIn(element, itemByteLength), shape, itemByteLength, messages };
  const maxShape = fullShape.length === 0 ? shape : [...dataspace.maxShape, ...element.innerShape];
  return { ...(await toArray(dataset, await locateData(dataset, layout))), maxShape };
}

async function needMessage(file: Hdf5File, messages: readonly HeaderMessage[], type: number): Promise<Uint8Array> {
  const bytes = await findMessage(file, messages, type);
  if (!bytes) throw damaged('the description of this dataset is incomplete');
  return bytes;
}

function locateData(dataset: Dataset, layout: Layout): Promise<Stored> | Stored {
  switch (layout.kind) {
    case 'compact':
      return locateCompact(dataset, layout.bytes);
    case 'contiguous':
      return locateContiguous(dataset, layout);
    case 'chunked':
      return locateChunked(dataset, layout);
    case 'virtual':
      return locateVirtual(dataset, layout);
  }
}

function missing({ shape, element, file, context }: Dataset): Stored {
  const grid = gridOfRun(shape, element.dataType.itemsize);
  return { grid, edge: 'clipped', refs: missingRefs(grid, file.uri, context.budget), filters: [] };
}

function locateCompact(dataset: Dataset, bytes: Uint8Array): Stored {
  const { shape, itemByteLength, references } = dataset;
  const byteLength = elementCount(shape) * itemByteLength;
  if (bytes.byteLength < byteLength) throw damaged('compact data are shorter than their dataset');
  if (byteLength > maxInlineByteLength) throw damaged('compact data are longer than they can be');
  // A copy: the bytes are a view of a whole block of the file.
  const data = bytes.slice(0, byteLength);
  const grid: ChunkGrid = { shape, chunks: shape.map((length) => Math.max(length, 1)) };
  const strings = references ? { stringByteLengths: longestReferenced(references, data) } : {};
  return { grid, edge: 'clipped', refs: { form: 'inline', bytes: data }, filters: [], ...strings };
}

async function locateContiguous(dataset: Dataset, layout: Layout & { kind: 'contiguous' }): Promise<Stored> {
  const { file, shape, itemByteLength, messages, references, context } = dataset;
  const byteLength = elementCount(shape) * itemByteLength;
  const externalFiles = await findMessage(file, messages, messageType.externalFiles);
  if (externalFiles) return locateExternal(dataset, externalFiles, byteLength);
  if (layout.address === undefined || byteLength === 0) return missing(dataset);
  if (layout.byteLength !== undefined && layout.byteLength < byteLength) throw damaged('contiguous data are shorter than their dataset');
  if (!file.contains(layout.address, byteLength)) throw damaged('data of this dataset lie beyond its end, so part of it is missing');
  const strings = references ? { stringByteLengths: await longestInRun(file, references, layout.address, byteLength) } : {};
  const grid = gridOfRun(shape, Math.max(itemByteLength, shownElement(dataset, strings).dataType.itemsize));
  const refs = refsOfRun(grid, itemByteLength, file.uri, file.byteOffsetOf(layout.address), context.budget);
  return { grid, edge: 'clipped', refs, filters: [], ...strings };
}

async function locateExternal(dataset: Dataset, message: Uint8Array, byteLength: number): Promise<Stored> {
  const { file, shape, itemByteLength, context, element } = dataset;
  const runs = await parseExternalFiles(file, message);
  if (dataset.references) throw unsupported('Strings of variable length kept in external files are not supported');
  if (byteLength === 0) return missing(dataset);
  const found = new Map<string, Source>();
  const pieces: ExternalPiece[] = [];
  for (const { fileName, byteOffset, byteLength: runByteLength } of runs) {
    const source = found.get(fileName) ?? await context.findFile(fileName);
    found.set(fileName, source);
    pieces.push({ source, byteOffset, byteLength: runByteLength });
  }
  const [only] = pieces;
  const sources = [...new Map([...found.values()].map((source) => [source.uri, source])).values()];
  if (only && pieces.length === 1 && Math.min(only.byteLength, (only.source.byteLength ?? 0) - only.byteOffset) >= byteLength) {
    const grid = gridOfRun(shape, itemByteLength);
    return { grid, edge: 'clipped', refs: refsOfRun(grid, itemByteLength, only.source.uri, only.byteOffset, context.budget), filters: [], sources };
  }
  const joined = joinExternal(pieces, { shape, itemByteLength, dataType: element.dataType, codecs: leadingCodecsOf(dataset, element), budget: context.budget });
  return { ...joined, edge: 'clipped', filters: [], codecs: [{ name: 'bytes' }], sources, isFilledWithZeros: true };
}

/** HDF5 spec IV.A.2.i, "virtual storage": the mappings are in the global heap. */
async function locateVirtual(dataset: Dataset, layout: Layout & { kind: 'virtual' }): Promise<Stored> {
  const { file, context, shape, element } = dataset;
  if (element.innerShape.length > 0 || dataset.references) throw unsupported('Virtual datasets of strings of variable length, or of arrays, are not supported');
  const mappings = layout.heapAddress === undefined ? [] : parseVirtualMappings(file.cursor(await file.globalHeap.object(layout.heapAddress, layout.heapIndex)));
  const virtual = await assembleVirtual(mappings, {
    shape, dataType: element.dataType, fillValue: await readFillValue(dataset), uri: file.uri, budget: context.budget, openArray: context.openArray, lookFor: context.lookFor,
  });
  return { ...virtual, filters: [] };
}

async function locateChunked(dataset: Dataset, layout: Layout & { kind: 'chunked' }): Promise<Stored> {
  const { file, dataspace, element, shape, context } = dataset;
  const { chunkShape, index } = layout;
  if (chunkShape.length !== dataspace.shape.length || chunkShape.length === 0) throw damaged('chunks and dataset have different numbers of dimensions');
  if (layout.elementByteLength !== element.storedByteLength) throw damaged('the elements of chunks and dataset have different sizes');
  const filterBytes = await findMessage(file, dataset.messages, messageType.filterPipeline);
  const filters = filterBytes ? parseFilterPipeline(file.cursor(filterBytes)) : [];
  const chunkByteLength = elementCount(chunkShape) * element.storedByteLength;
  if (chunkByteLength > maxChunkByteLength) throw unsupported(`Chunks of ${chunkByteLength} bytes are too large to be served`);
  const grid: ChunkGrid = { shape, chunks: [...chunkShape, ...element.innerShape] };
  const outerGrid: ChunkGrid = { shape: dataspace.shape, chunks: chunkShape };
  const table = new ChunkTable(file, outerGrid, context.budget);
  const leadingCodecs = leadingCodecsOf(dataset, element).length;
  if (index.address !== undefined) {
    const isPartial = (chunkIndex: readonly number[]) => chunkIndex.some((at, axis) => (at + 1) * chunkShape[axis]! > dataspace.shape[axis]!);
    const unfiltered = 2 ** filters.length - 1;
    const entries = {
      counts: table.counts,
      set: (chunkIndex: readonly number[], address: number, byteLength: number, filterMask = 0) => {
        const mask = index.leavesEdgesUnfiltered && isPartial(chunkIndex) ? unfiltered : filterMask & unfiltered;
        table.set(chunkIndex, address, byteLength, mask << leadingCodecs);
      },
    };
    const { shape: currentShape, maxShape } = dataspace;
    const chunkLayout = { file, index, address: index.address, shape: currentShape, maxShape, chunkShape, chunkByteLength, isFiltered: filters.length > 0 };
    await chunkIndexReaders[index.kind](chunkLayout, entries);
  }
  const refs = table.refs();
  const strings = dataset.references ? { stringByteLengths: await longestInChunks(file, dataset.references, refs, filters, chunkByteLength, leadingCodecs) } : {};
  return { grid, edge: 'padded', refs, filters, ...strings };
}

/** What stands before the filters: from the array as shown to the elements as stored. */
function leadingCodecsOf({ references, file, itemByteLength }: Dataset, { source }: Element): CodecSpec[] {
  const { baseOffset, offsetSize, lengthSize } = file.superblock;
  const heap = { uri: file.uri, baseOffset, offsetSize, lengthSize };
  if (source.kind === 'variable-length-strings') return [{ name: 'hdf5_vlen', configuration: heap }];
  if (source.kind === 'packed') {
    const strings = references ? [{ name: 'hdf5_vlen', configuration: { ...heap, segments: source.fields.map(segmentOf) } }] : [];
    const fields = source.fields.map(({ byteOffset, byteLength, count, padding }) => ({ byteOffset, byteLength, ...(count === undefined ? {} : { count }), ...(padding === undefined ? {} : { padding }) }));
    return [...strings, { name: 'packed_fields', configuration: { itemsize: itemByteLength, fields } }, { name: 'bytes' }];
  }
  if (source.kind === 'integer-bits') return [{ name: 'integer_bits', configuration: { bit_offset: source.bitOffset, precision: source.precision } }, { name: 'bytes' }];
  return [{ name: 'bytes' }];
}

/** A field as the codec "hdf5_vlen" needs to know it. */
function segmentOf({ byteLength, count = 1, string }: PackedField): Json {
  return string ? { kind: string.kind, itemsize: string.itemsize, count } : { byteLength: byteLength * count };
}

/** The element with its strings as long as the longest. */
function shownElement({ type, element, references, context: { conventions } }: Dataset, { stringByteLengths }: Pick<Stored, 'stringByteLengths'>): Element {
  return references ? elementOf(type, (slot) => stringType(conventions, stringByteLengths?.[slot] ?? 1)) : element;
}

async function toArray(dataset: Dataset, stored: Stored): Promise<Omit<IndexedArray, 'maxShape'>> {
  const { file } = dataset;
  const { grid } = stored;
  const element = shownElement(dataset, stored);
  const { dataType } = element;
  const fillValue = stored.isFilledWithZeros ? undefined : await readFillValue(dataset);
  const codecs = stored.codecs ?? [...leadingCodecsOf(dataset, element), ...filtersToCodecs(stored.filters, element.storedByteLength)];
  const sources = [file.source, ...(stored.sources ?? []).filter((source) => source.uri !== file.uri)];
  // A chunk at the end of what is being written may still be filled.
  const volatile = sources.some((source) => source.isAppended);
  const manifest: ArrayManifest = {
    kind: 'array', dataType, grid, edge: stored.edge, codecs, refs: stored.refs, sources, ...(fillValue ? { fillValue } : {}), ...(volatile ? { volatile } : {}),
  };
  return { structure: { dataType, ...grid }, manifest };
}

/** A fixed type for texts of up to that many bytes in UTF-8; they have at most as many characters. */
function stringType({ text }: Conventions, byteLength: number): ScalarType {
  return text === 'U' ? { kind: 'U', itemsize: byteLength * 4, endianness: 'little' } : { kind: 'S', itemsize: byteLength, endianness: 'not_applicable' };
}

/** The fill value in the type that is shown; undefined for zeros. */
async function readFillValue({ file, messages, element, references, itemByteLength }: Dataset): Promise<Uint8Array | undefined> {
  const message = await findMessage(file, messages, messageType.fillValue);
  const old = message ? undefined : await findMessage(file, messages, messageType.oldFillValue);
  const stored = message ? parseFillValue(file.cursor(message)) : old && parseOldFillValue(file.cursor(old));
  const { source } = element;
  if (!stored || stored.byteLength !== element.storedByteLength || references) return undefined;
  // Of an array datatype all items are taken to have the first one's value.
  const item = stored.slice(0, itemByteLength);
  const value = source.kind === 'packed' ? packItem(source.fields, item) : source.kind === 'integer-bits' ? wholeInteger(element.dataType as ScalarType, source, item) : item;
  return value.every((byte) => byte === 0) ? undefined : value;
}

import { TesseraError, elementCount, isStruct, type ByteStore, type Call, type CodecSpec, type DataSourceDraft, type Entry, type Format, type Source } from '@tessera/domain';
import { denseRefs } from '../dense-refs.ts';
import { isNpy, npyPreludeByteLength, parseNpyHeader, type NpyHeader } from './npy-header.ts';

const mediaType = 'application/x-npy';
const firstReadByteLength = 4096;

/** numpy's .npy, versions 1 to 3: one array, a node without children. */
export const npyFormat: Format = {
  name: 'npy',
  mediaTypes: [mediaType],
  suffixes: ['.npy'],

  sniff: (entry, head) => !entry.isDirectory && isNpy(head),

  async *index(entry, store, _parameters, call) {
    const header = await readHeader(entry, store, call);
    const { dataType, storedItemsize, shape, isFortranOrder, dataByteOffset } = header;
    checkFileLength(entry, header);
    const source: Source = {
      uri: entry.uri,
      ...(entry.byteLength === undefined ? {} : { byteLength: entry.byteLength }),
      ...(entry.modifiedAtMs === undefined ? {} : { modifiedAtMs: entry.modifiedAtMs }),
    };
    const { grid, refs } = denseRefs(shape, storedItemsize, isFortranOrder, entry.uri, dataByteOffset);
    const dataSource: DataSourceDraft = { mediaType, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uri' }] };
    yield {
      path: [], metadata: {}, specs: [], dataSource,
      structure: { family: 'array', array: { dataType, ...grid } },
      manifest: { kind: 'array', dataType, grid, edge: 'clipped', codecs: codecsOf(header), refs, sources: [source] },
    };
  },
};

async function readHeader(entry: Entry, store: ByteStore, call?: Call): Promise<NpyHeader> {
  const head = await readStart(entry, store, firstReadByteLength, call);
  const { dataByteOffset } = npyPreludeByteLength(head);
  return parseNpyHeader(dataByteOffset <= head.byteLength ? head : await readStart(entry, store, dataByteOffset, call));
}

async function readStart(entry: Entry, store: ByteStore, byteLength: number, call?: Call): Promise<Uint8Array> {
  const bytes = await store.read(entry.uri, { byteOffset: 0, byteLength }, call);
  if (!bytes) throw new TesseraError('gone', 'The file is no longer there.');
  return bytes;
}

function checkFileLength(entry: Entry, { storedItemsize, shape, dataByteOffset }: NpyHeader): void {
  const needed = dataByteOffset + elementCount(shape) * storedItemsize;
  if (entry.byteLength !== undefined && entry.byteLength < needed) {
    throw new TesseraError('gone', `The npy file is cut off: it has ${entry.byteLength} bytes, its header promises ${needed}.`);
  }
}

function codecsOf({ dataType, storedItemsize, runs, shape, isFortranOrder }: NpyHeader): CodecSpec[] {
  const ordered = !isStruct(dataType) && dataType.endianness !== 'not_applicable';
  return [
    ...(isFortranOrder ? [{ name: 'transpose', configuration: { order: shape.map((_, axis) => shape.length - 1 - axis) } }] : []),
    ...(runs ? [{ name: 'packed_fields', configuration: { itemsize: storedItemsize, fields: runs } }] : []),
    ordered ? { name: 'bytes', configuration: { endian: dataType.endianness } } : { name: 'bytes' },
  ];
}

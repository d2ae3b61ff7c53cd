import { TesseraError, sourceOf, type ByteStore, type Call, type DataSourceDraft, type Entry, type Format } from '@tessera/domain';
import { denseRefs } from '../dense-refs.ts';
import { checkDataLength, codecsOf } from './npy-array.ts';
import { isNpy, npyPreludeByteLength, parseNpyHeader, type NpyHeader } from './npy-header.ts';

const mediaType = 'application/x-npy';
const firstReadByteLength = 4096;

/** numpy's .npy, versions 1 to 3: one array, a node without children. */
export const npyFormat: Format = {
  name: 'npy',
  mediaTypes: [mediaType],
  suffixes: ['.npy'],
  isStacked: true,

  sniff: (entry, head) => !entry.isDirectory && isNpy(head),

  async *index(entry, store, _parameters, call) {
    const header = await readHeader(entry, store, call);
    const { dataType, storedItemsize, shape, isFortranOrder, dataByteOffset } = header;
    if (entry.byteLength !== undefined) checkDataLength(header, entry.byteLength);
    const source = sourceOf(entry);
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

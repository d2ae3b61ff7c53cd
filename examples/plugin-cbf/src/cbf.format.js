import { TesseraError, parseScalarType, sourceOf } from '@tessera/plugin-api';
import { isCbf, maxHeaderByteLength, parseHeader } from './cbf-header.js';

const mediaType = 'application/x-cbf';

/**
 * One picture of a detector: a node that is an array of rows and columns, with what the file says of it as metadata.
 * @type {import('@tessera/plugin-api').Format}
 */
export const cbfFormat = {
  name: 'cbf',
  mediaTypes: [mediaType],
  suffixes: ['.cbf'],
  // frame_00001.cbf, frame_00002.cbf … are one array.
  isStacked: true,

  sniff: (entry, head) => !entry.isDirectory && isCbf(head),

  async *index(entry, store, _parameters, call) {
    const head = await store.read(entry.uri, { byteOffset: 0, byteLength: maxHeaderByteLength }, call);
    if (!head) throw new TesseraError('gone', 'The file is no longer there.');
    const { items, dtype, rows, columns, byteOffset, byteLength } = parseHeader(head);
    if (entry.byteLength !== undefined && entry.byteLength < byteOffset + byteLength) {
      throw new TesseraError('gone', `The CBF file is cut off: it has ${entry.byteLength} bytes, its header promises ${byteOffset + byteLength}.`);
    }
    const dataType = parseScalarType(dtype);
    // One chunk: where a row begins can be known only by decoding what is before it.
    const grid = { shape: [rows, columns], chunks: [rows, columns] };
    yield {
      path: [],
      metadata: items,
      specs: [{ name: 'CBF' }],
      structure: { family: 'array', array: { dataType, ...grid, dims: ['y', 'x'] } },
      manifest: {
        kind: 'array',
        dataType,
        grid,
        edge: 'padded',
        codecs: [{ name: 'cbf_byte_offset' }],
        refs: { form: 'table', uris: [entry.uri], byteOffsets: Float64Array.of(byteOffset), byteLengths: Float64Array.of(byteLength) },
        // What tells a changed file from this one.
        sources: [sourceOf(entry)],
      },
    };
  },
};

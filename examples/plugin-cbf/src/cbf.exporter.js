import { createHash } from 'node:crypto';
import { TesseraError, elementCount } from '@tessera/plugin-api';
import { byteOffsetCodec } from './byte-offset.codec.js';
import { elementTypeName } from './element-types.js';

/** Pictures are compressed in memory: the header tells their length and checksum. */
const maxElementCount = 32 * 2 ** 20;
const pieceByteLength = 64 * 1024;

/**
 * A picture of integers as a CBF file.
 * @type {import('@tessera/plugin-api').ArrayExporter}
 */
export const cbfExporter = {
  // No generator itself: what is wrong is thrown before anything is read.
  export(source) {
    const typeName = elementTypeName(source.dataType);
    if (source.shape.length !== 2 || elementCount(source.shape) === 0 || typeName === undefined) {
      throw new TesseraError('not_acceptable', `A CBF file holds integers in two dimensions; the shape is (${source.shape.join(', ')}), the type "${source.dataType.kind}". Choose one frame with '?slice=0'.`);
    }
    if (elementCount(source.shape) > maxElementCount) throw new TesseraError('too_large', `A CBF file may have ${maxElementCount} elements. Use slicing ('?slice=...') to request less.`);
    return write(source, typeName);
  },
};

/**
 * @param {import('@tessera/plugin-api').ArraySource} source
 * @param {string} typeName
 */
async function* write({ dataType, shape, bytes }, typeName) {
  const [rows = 0, columns = 0] = shape;
  const elements = await gather(bytes, rows * columns * dataType.itemsize);
  const { encode } = byteOffsetCodec.resolve({}, { shape, dataType, maxByteLength: elements.byteLength });
  const picture = await /** @type {NonNullable<typeof encode>} */ (encode)(elements);
  yield Buffer.from(header(picture, typeName, rows, columns), 'latin1');
  for (let at = 0; at < picture.byteLength; at += pieceByteLength) yield picture.subarray(at, at + pieceByteLength);
  yield Buffer.from('\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n', 'latin1');
}

/**
 * @param {AsyncIterable<Uint8Array>} pieces
 * @param {number} byteLength
 */
async function gather(pieces, byteLength) {
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for await (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/**
 * @param {Uint8Array} picture
 * @param {string} typeName
 * @param {number} rows
 * @param {number} columns
 */
function header(picture, typeName, rows, columns) {
  return [
    '###CBF: VERSION 1.5, written by Tessera',
    'data_array',
    '',
    '_array_data.data',
    ';',
    '--CIF-BINARY-FORMAT-SECTION--',
    'Content-Type: application/octet-stream;',
    '     conversions="x-CBF_BYTE_OFFSET"',
    'Content-Transfer-Encoding: BINARY',
    `X-Binary-Size: ${picture.byteLength}`,
    'X-Binary-ID: 1',
    `X-Binary-Element-Type: "${typeName}"`,
    'X-Binary-Element-Byte-Order: LITTLE_ENDIAN',
    `Content-MD5: ${createHash('md5').update(picture).digest('base64')}`,
    `X-Binary-Number-of-Elements: ${rows * columns}`,
    `X-Binary-Size-Fastest-Dimension: ${columns}`,
    `X-Binary-Size-Second-Dimension: ${rows}`,
    'X-Binary-Size-Padding: 0',
    '',
    '\x0c\x1a\x04\xd5',
  ].join('\r\n');
}

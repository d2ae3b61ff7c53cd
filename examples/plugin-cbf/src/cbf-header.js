// The beginning of a Crystallographic Binary File (International Tables for Crystallography, volume G, chapter 2.3): a CIF
// text, a MIME-like header of the binary section, four octets, and the picture.
import { TesseraError } from '@tessera/plugin-api';
import { parseItems } from './cif-items.js';
import { elementTypes } from './element-types.js';

/** Headers of detectors have a few kilobytes. */
export const maxHeaderByteLength = 256 * 1024;

const boundary = '--CIF-BINARY-FORMAT-SECTION--';
/** Page break, end of listings in MS-DOS and in Unix, then what is no ASCII. */
const starter = Buffer.from([0x0c, 0x1a, 0x04, 0xd5]);
/** An array of the largest side would still be addressed exactly. */
const maxElementCount = 2 ** 31;

/**
 * @typedef {object} CbfHeader
 * @property {Record<string, string>} items what the CIF says of the picture
 * @property {string} dtype NumPy's
 * @property {number} rows
 * @property {number} columns
 * @property {number} byteOffset of the compressed picture
 * @property {number} byteLength
 */

/**
 * @param {Uint8Array} head
 */
export function isCbf(head) {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 7)).toString('latin1') === '###CBF:';
}

/**
 * Reads the header of a file from its first bytes.
 * @param {Uint8Array} head
 * @returns {CbfHeader}
 * @throws TesseraError gone if it is no such header, or the picture is not stored as this plug-in can read it.
 */
export function parseHeader(head) {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const sectionStart = bytes.indexOf(boundary);
  const starterStart = sectionStart < 0 ? -1 : bytes.indexOf(starter, sectionStart);
  if (!isCbf(head) || starterStart < 0) throw damaged('it has no binary section');
  const fields = parseFields(bytes.toString('latin1', sectionStart + boundary.length, starterStart));
  const conversions = fields.get('conversions')?.toLowerCase();
  if (conversions !== 'x-cbf_byte_offset') throw damaged(`the picture is stored as "${conversions ?? 'raw bytes'}"; only x-CBF_BYTE_OFFSET can be read`);
  if (number(fields, 'x-binary-size-third-dimension', 1) !== 1) throw damaged('it has more than one picture');
  const name = fields.get('x-binary-element-type')?.toLowerCase() ?? '';
  const dtype = elementTypes.get(name);
  if (dtype === undefined) throw damaged(`its elements are of the type "${name}"`);
  const columns = number(fields, 'x-binary-size-fastest-dimension');
  const rows = number(fields, 'x-binary-size-second-dimension');
  const byteLength = number(fields, 'x-binary-size');
  // Every element takes a byte at least: a header cannot ask for more memory than its file has.
  if (rows === 0 || columns === 0 || rows * columns > Math.min(byteLength, maxElementCount)) throw damaged(`a picture of ${rows} x ${columns} does not fit into ${byteLength} bytes`);
  if (number(fields, 'x-binary-number-of-elements', rows * columns) !== rows * columns) throw damaged('its number of elements is not that of its rows and columns');
  return { items: parseItems(bytes.toString('latin1', 0, sectionStart)), dtype, rows, columns, byteOffset: starterStart + starter.byteLength, byteLength };
}

/**
 * The fields of the binary section by their names in lower case; a line that is indented goes on with the one before.
 * @param {string} text
 * @returns {Map<string, string>}
 */
function parseFields(text) {
  const fields = new Map();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const found = /^\s*([\w-]+)\s*[:=]\s*(.*?)\s*;?\s*$/.exec(line);
    if (found) fields.set(found[1]?.toLowerCase(), found[2]?.replaceAll('"', ''));
  }
  return fields;
}

/**
 * @param {Map<string, string>} fields
 * @param {string} name
 * @param {number} [otherwise]
 */
function number(fields, name, otherwise) {
  const text = fields.get(name);
  if (text === undefined && otherwise !== undefined) return otherwise;
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw damaged(`its field ${name} is not a number`);
  return Number(text);
}

/** @param {string} what */
function damaged(what) {
  return new TesseraError('gone', `This CBF file cannot be read: ${what}.`);
}

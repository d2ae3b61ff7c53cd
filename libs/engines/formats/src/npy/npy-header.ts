import { TesseraError, elementCount, type DataType } from '@tessera/domain';
import { parseFoundDescr } from '../data-type-checks.ts';
import { withoutGaps, type ElementRun } from './gaps.ts';
import { parsePythonLiteral, type PythonValue } from './python-literal.ts';

/** "\x93NUMPY" (NEP 1). */
export const npyMagic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** numpy itself stops at 10,000 unless told otherwise; structs with many fields have more. */
export const headerByteLimit = 2 ** 20;

export interface NpyHeader {
  /** Without the gaps of aligned structs. */
  readonly dataType: DataType;
  /** Of an element as it is stored, gaps included. */
  readonly storedItemsize: number;
  /** What of a stored element is data, if not all of it. */
  readonly runs?: readonly ElementRun[];
  readonly shape: readonly number[];
  readonly isFortranOrder: boolean;
  /** Where the elements begin. */
  readonly dataByteOffset: number;
}

export function isNpy(head: Uint8Array): boolean {
  return head.byteLength >= npyMagic.byteLength && npyMagic.every((byte, index) => head[index] === byte);
}

/** Length of magic, version, length field and header text. @throws TesseraError gone if the head is none of npy version 1 to 3. */
export function npyPreludeByteLength(head: Uint8Array): { readonly textStart: number; readonly dataByteOffset: number } {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!isNpy(head) || head.byteLength < 12) throw new TesseraError('gone', 'This is not a npy file: its first bytes are not those of one.');
  const version = head[6]!;
  if (version < 1 || version > 3) throw new TesseraError('gone', `Version ${version} of the npy format is not known.`);
  const textStart = version === 1 ? 10 : 12;
  const textByteLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (textByteLength > headerByteLimit) throw new TesseraError('gone', 'The npy file is damaged: its header is too long.');
  return { textStart, dataByteOffset: textStart + textByteLength };
}

/** @param bytes the file up to its elements at least. @throws TesseraError gone. */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const { textStart, dataByteOffset } = npyPreludeByteLength(bytes);
  if (bytes.byteLength < dataByteOffset) throw new TesseraError('gone', 'The npy file is cut off within its header.');
  // Versions 1 and 2 are Latin-1, 3 is UTF-8 (numpy.lib.format).
  const text = new TextDecoder(bytes[6] === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(textStart, dataByteOffset));
  const header = parseLiteral(text);
  const shape = header.get('shape');
  const order = header.get('fortran_order');
  if (!isShape(shape) || typeof order !== 'boolean') throw new TesseraError('gone', 'The npy file is damaged: its header names no shape or order.');
  const stored = parseFoundDescr(parseableDescr(header.get('descr') ?? null));
  if (!Number.isSafeInteger(elementCount(shape) * Math.max(stored.itemsize, 1))) throw new TesseraError('gone', 'The npy file claims a shape too large to count.');
  const { dataType, runs } = withoutGaps(stored);
  return { dataType, storedItemsize: stored.itemsize, shape, isFortranOrder: order && shape.length > 1, dataByteOffset, ...(runs.length > 1 || dataType.itemsize < stored.itemsize ? { runs } : {}) };
}

function parseLiteral(text: string): Map<string, PythonValue> {
  try {
    const value = parsePythonLiteral(text);
    if (value instanceof Map) return value;
  } catch {
    // Said below: what is no literal is no header.
  }
  throw new TesseraError('gone', 'The npy file is damaged: its header is not a Python dictionary.');
}

function isShape(value: PythonValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
}

/** Pairs `(title, name)` are cut to the name, a sub-array's length without brackets becomes a shape; objects are told apart. */
function parseableDescr(descr: PythonValue): unknown {
  if (typeof descr === 'string' && /^[|<>=]?O/.test(descr)) {
    throw new TesseraError('gone', 'The npy file holds pickled Python objects, which are never opened. Save it with a plain data type.');
  }
  if (!Array.isArray(descr)) return descr;
  return descr.map((field) => {
    if (!Array.isArray(field)) return field;
    const [name, type, shape] = field as [PythonValue, PythonValue, PythonValue | undefined];
    const plainName = Array.isArray(name) ? name[1] : name;
    const plainShape = typeof shape === 'number' ? [shape] : shape;
    return plainShape === undefined ? [plainName, parseableDescr(type)] : [plainName, parseableDescr(type), plainShape];
  });
}

// The values of a data page, in the encodings that are read here (Parquet, "Encodings"), handed out as asked.
import { convertValues } from './convert-values.ts';
import { DamagedColumn } from './damaged-column.ts';
import { lengthAt } from './page.ts';
import { RleCursor } from './rle-cursor.ts';
import { storedByteWidth, type ValueForm } from './value-form.ts';

/** Values of fixed width, and booleans as a byte each. */
export interface FixedValues {
  readonly kind: 'fixed';
  /** Writes the next `count` values from place `at` on. @throws DamagedColumn if there are fewer. */
  read(target: Uint8Array, at: number, count: number): void;
  skip(count: number): void;
}

/** Values of a length of their own. */
export interface ByteValues {
  readonly kind: 'bytes';
  /** No value is longer. */
  readonly longestByteLength: number;
  /** The next `count` values: where each lies in `source`, as starts and ends in pairs. */
  next(count: number): { readonly source: Uint8Array; readonly spans: Uint32Array };
  skip(count: number): void;
}

/** Values of the dictionary of a column chunk. */
export interface ColumnDictionary {
  readonly count: number;
  /** In Arrow's form, if of a fixed width. */
  readonly bytes: Uint8Array;
  /** Starts and ends in pairs, if not. */
  readonly spans?: Uint32Array;
  readonly longestByteLength: number;
}

const plain = 0;
const runLength = 3;
const byteStreamSplit = 9;

/** A dictionary page's values, which are plain. `bytes` is kept. */
export function readDictionary(form: ValueForm, bytes: Uint8Array, count: number): ColumnDictionary {
  const byteWidth = storedByteWidth(form);
  if (byteWidth !== undefined) {
    if (count * byteWidth > bytes.byteLength) throw cutOff();
    return { count, bytes: convertValues(form, bytes, count), longestByteLength: byteWidth };
  }
  if (form.kind === 'bool' || count * 4 > bytes.byteLength) throw cutOff();
  const { spans, longestByteLength } = plainSpans(bytes, 0, count);
  return { count, bytes, spans, longestByteLength };
}

/** @throws DamagedColumn if the encoding does not belong to values of this form. */
export function readPageValues(form: ValueForm, encoding: number, bytes: Uint8Array, dictionary: ColumnDictionary | undefined): FixedValues | ByteValues {
  if (encoding === 2 || encoding === 8) {
    if (!dictionary) throw new DamagedColumn('a dictionary is missing');
    if (bytes.byteLength === 0) return noValues(form);
    const indices = new RleCursor(bytes, 1, bytes.byteLength, bytes[0]!);
    return dictionary.spans ? byteLookups(indices, dictionary, dictionary.spans) : fixedLookups(indices, dictionary, arrowByteWidth(form));
  }
  if (form.kind === 'bool') return encoding === runLength ? runLengthBools(bytes) : encoding === plain ? plainBools(bytes) : unknownEncoding(encoding);
  if (form.kind === 'bytes') return encoding === plain ? plainBytes(bytes) : unknownEncoding(encoding);
  if (encoding === plain) return plainFixed(form, bytes);
  return encoding === byteStreamSplit ? plainFixed(form, joinedStreams(bytes, storedByteWidth(form)!)) : unknownEncoding(encoding);
}

/** Bytes of a value of fixed width in Arrow's form; a boolean is a byte on its way. */
export function arrowByteWidth(form: ValueForm): number {
  return 'byteWidth' in form ? form.byteWidth : 1;
}

/** Of a page in which all is missing nothing is stored, not even the width of its indices. */
function noValues(form: ValueForm): FixedValues | ByteValues {
  const check = (count: number) => {
    if (count > 0) throw cutOff();
  };
  if (form.kind !== 'bytes') return { kind: 'fixed', read: (_target, _at, count) => check(count), skip: check };
  return { kind: 'bytes', longestByteLength: 0, skip: check, next: (count) => {
    check(count);
    return { source: new Uint8Array(0), spans: new Uint32Array(0) };
  } };
}

function plainFixed(form: ValueForm, bytes: Uint8Array): FixedValues {
  const storedWidth = storedByteWidth(form)!;
  const byteWidth = arrowByteWidth(form);
  let from = 0;
  const advance = (count: number): Uint8Array => {
    if (from + count * storedWidth > bytes.byteLength) throw cutOff();
    from += count * storedWidth;
    return bytes.subarray(from - count * storedWidth, from);
  };
  return {
    kind: 'fixed',
    read: (target, at, count) => target.set(convertValues(form, advance(count), count), at * byteWidth),
    skip: (count) => void advance(count),
  };
}

/** BYTE_STREAM_SPLIT: all first bytes, then all second bytes, … */
function joinedStreams(bytes: Uint8Array, byteWidth: number): Uint8Array {
  const count = Math.floor(bytes.byteLength / byteWidth);
  const values = new Uint8Array(count * byteWidth);
  for (let byte = 0; byte < byteWidth; byte++) for (let i = 0; i < count; i++) values[i * byteWidth + byte] = bytes[byte * count + i]!;
  return values;
}

function plainBools(bytes: Uint8Array): FixedValues {
  let bit = 0;
  const check = (count: number) => {
    if (bit + count > bytes.byteLength * 8) throw cutOff();
  };
  return {
    kind: 'fixed',
    read: (target, at, count) => {
      check(count);
      for (let i = 0; i < count; i++, bit++) target[at + i] = (bytes[bit >> 3]! >> (bit & 7)) & 1;
    },
    skip: (count) => {
      check(count);
      bit += count;
    },
  };
}

function runLengthBools(bytes: Uint8Array): FixedValues {
  const cursor = new RleCursor(bytes, 4, 4 + lengthAt(bytes, 0), 1);
  return { kind: 'fixed', read: (target, at, count) => void cursor.read(target, at, count), skip: skipper(cursor) };
}

const skippedAtOnce = 4096;

function skipper(cursor: RleCursor): (count: number) => void {
  const dropped = new Uint32Array(skippedAtOnce);
  return (count) => {
    for (let left = count; left > 0; left -= skippedAtOnce) cursor.read(dropped, 0, Math.min(left, skippedAtOnce));
  };
}

function fixedLookups(cursor: RleCursor, { count: valueCount, bytes }: ColumnDictionary, byteWidth: number): FixedValues {
  let indices = new Uint32Array(0);
  // Whole words are moved; a double would not keep every pattern of bits.
  const wordByteLength = byteWidth % 4 === 0 ? 4 : 1;
  const wordCount = byteWidth / wordByteLength;
  const known = wordByteLength === 4 ? words(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)) : bytes;
  return {
    kind: 'fixed',
    read: (target, at, count) => {
      if (indices.length < count) indices = new Uint32Array(count);
      cursor.read(indices, 0, count);
      const to = wordByteLength === 4 ? words(target) : target;
      if (wordCount === 1) {
        for (let i = 0; i < count; i++) to[at + i] = known[checkedIndex(indices[i]!, valueCount)]!;
      } else if (wordCount === 2) {
        for (let i = 0; i < count; i++) {
          const from = checkedIndex(indices[i]!, valueCount) * 2;
          to[(at + i) * 2] = known[from]!;
          to[(at + i) * 2 + 1] = known[from + 1]!;
        }
      } else {
        for (let i = 0; i < count; i++) {
          const from = checkedIndex(indices[i]!, valueCount) * wordCount;
          for (let word = 0; word < wordCount; word++) to[(at + i) * wordCount + word] = known[from + word]!;
        }
      }
    },
    skip: skipper(cursor),
  };
}

const words = ({ buffer, byteOffset, byteLength }: Uint8Array) => new Int32Array(buffer, byteOffset, byteLength >> 2);

function checkedIndex(index: number, count: number): number {
  if (index >= count) throw new DamagedColumn('an index leads outside its dictionary');
  return index;
}

function byteLookups(cursor: RleCursor, { count: valueCount, bytes, longestByteLength }: ColumnDictionary, known: Uint32Array): ByteValues {
  let indices = new Uint32Array(0);
  return {
    kind: 'bytes', longestByteLength,
    next: (count) => {
      if (indices.length < count) indices = new Uint32Array(count);
      cursor.read(indices, 0, count);
      const spans = new Uint32Array(count * 2);
      for (let i = 0; i < count; i++) {
        const from = checkedIndex(indices[i]!, valueCount) * 2;
        spans[i * 2] = known[from]!;
        spans[i * 2 + 1] = known[from + 1]!;
      }
      return { source: bytes, spans };
    },
    skip: skipper(cursor),
  };
}

function plainBytes(bytes: Uint8Array): ByteValues {
  let from = 0;
  return {
    kind: 'bytes', longestByteLength: 0,
    next: (count) => {
      const { spans, end } = plainSpans(bytes, from, count);
      from = end;
      return { source: bytes, spans };
    },
    skip: (count) => {
      for (let i = 0; i < count; i++) from += 4 + lengthAt(bytes, from);
    },
  };
}

/** Each value is its length and its bytes. */
function plainSpans(bytes: Uint8Array, start: number, count: number): { spans: Uint32Array; end: number; longestByteLength: number } {
  const spans = new Uint32Array(count * 2);
  let longestByteLength = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    const byteLength = lengthAt(bytes, at);
    at += 4;
    spans[i * 2] = at;
    at += byteLength;
    spans[i * 2 + 1] = at;
    if (byteLength > longestByteLength) longestByteLength = byteLength;
  }
  if (at > bytes.byteLength) throw cutOff();
  return { spans, end: at, longestByteLength };
}

function unknownEncoding(encoding: number): never {
  throw new DamagedColumn(`a page is in the encoding ${encoding}, which does not belong to its values`);
}

function cutOff(): DamagedColumn {
  return new DamagedColumn('a page has fewer values than it claims');
}

import { TesseraError, elementCount, isStruct, type ByteStore, type Call, type Codec, type ScalarType } from '@tessera/domain';

/** A collection is read whole: HDF5 makes one of 4 KiB, or as large as its one large object. */
const maxCollectionByteLength = 64 * 2 ** 20;
/** Neighbouring collections are read together. */
const windowByteLength = 64 * 1024;

interface HeapPlace {
  readonly uri: string;
  /** Where the addresses of the file count from, in bytes. */
  readonly baseOffset: number;
  readonly offsetSize: number;
  readonly lengthSize: number;
}

/**
 * HDF5's strings of variable length as NumPy's fixed ones (`S`, or as text `U`, NUL padded). The
 * bytes of an array are references into global heap collections of the same file
 * (HDF5 spec III.E and IV.B): length (u32), address of the collection, number of the object (u32).
 * Of structs, `segments` are the parts of an element: `byteLength` bytes that are copied, or `count` strings
 * of the `kind` S or U (little-endian) in `itemsize` bytes each.
 */
export const hdf5VlenCodec: Codec = {
  name: 'hdf5_vlen',
  kind: 'array-to-bytes',
  isMainThreadOnly: true,
  resolve(configuration, { shape, dataType, store }) {
    const place = parsePlace(configuration);
    const segments = isStruct(dataType) ? parseSegments(configuration['segments']) : [stringsOf(dataType)];
    const itemsize = segments.reduce((sum, segment) => sum + shownByteLength(segment), 0);
    if (itemsize !== dataType.itemsize) throw invalid(`its segments have ${itemsize} bytes, the data type has ${dataType.itemsize}`);
    const storedByteLength = segments.reduce((sum, segment) => sum + ('put' in segment ? segment.count * referenceByteLength(place) : segment.byteLength), 0);
    const layout = { segments, itemsize, storedByteLength };
    return {
      decode: (bytes, call) => decodeElements(bytes, layout, elementCount(shape), place, store, call),
      encodedDataType: { kind: 'V', itemsize: storedByteLength, endianness: 'not_applicable' },
      maxEncodedByteLength: elementCount(shape) * storedByteLength,
    };
  },
};

/** Strings that follow one another, each a reference in the file. */
interface Strings {
  readonly count: number;
  readonly itemsize: number;
  readonly put: Put;
}

/** A part of an element. */
type Segment = Strings | { readonly byteLength: number };

/** An element as shown, and as stored. */
interface ElementLayout {
  readonly segments: readonly Segment[];
  readonly itemsize: number;
  readonly storedByteLength: number;
}

const shownByteLength = (segment: Segment): number => ('put' in segment ? segment.count * segment.itemsize : segment.byteLength);

const referenceByteLength = ({ offsetSize }: HeapPlace): number => 8 + offsetSize;

function stringsOf({ kind, itemsize, endianness }: ScalarType): Strings {
  if (kind !== 'S' && kind !== 'U') throw new TesseraError('invalid_argument', 'The codec "hdf5_vlen" makes strings of type "S" or "U" only.');
  return { count: 1, itemsize, put: kind === 'S' ? putOctets : endianness === 'big' ? putBigEndianText : putText };
}

function parseSegments(segments: unknown): Segment[] {
  if (!Array.isArray(segments)) throw invalid('of a struct it needs "segments"');
  return segments.map((segment: Record<string, unknown>): Segment => {
    const { byteLength, kind, count, itemsize } = segment;
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
    if (isCount(byteLength)) return { byteLength };
    if ((kind !== 'S' && kind !== 'U') || !isCount(count) || !isCount(itemsize)) throw invalid('a segment is neither bytes nor strings');
    return { ...stringsOf({ kind, itemsize, endianness: 'little' }), count };
  });
}

function invalid(reason: string): TesseraError {
  return new TesseraError('invalid_argument', `The configuration of the codec "hdf5_vlen" is wrong: ${reason}.`);
}

function parsePlace(configuration: Readonly<Record<string, unknown>>): HeapPlace {
  const { uri, baseOffset, offsetSize, lengthSize } = configuration;
  const isWidth = (width: unknown) => width === 2 || width === 4 || width === 8;
  if (typeof uri !== 'string' || !Number.isSafeInteger(baseOffset) || (baseOffset as number) < 0 || !isWidth(offsetSize) || !isWidth(lengthSize)) {
    throw new TesseraError('invalid_argument', 'The codec "hdf5_vlen" needs "uri", "baseOffset", "offsetSize" and "lengthSize".');
  }
  return { uri, baseOffset: baseOffset as number, offsetSize: offsetSize as number, lengthSize: lengthSize as number };
}

interface Wanted {
  readonly strings: Strings;
  /** Where the string goes in the result. */
  readonly at: number;
  readonly object: number;
  readonly byteLength: number;
}

/** Writes one string, cut to the element's bytes. */
type Put = (value: Uint8Array, element: Uint8Array) => void;

const putOctets: Put = (value, element) => element.set(value.subarray(0, element.byteLength));
const putText: Put = (value, element) => putCodePoints(value, element, true);
const putBigEndianText: Put = (value, element) => putCodePoints(value, element, false);

/** UTF-8 as UCS-4. */
function putCodePoints(value: Uint8Array, element: Uint8Array, isLittleEndian: boolean): void {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  let at = 0;
  for (const character of Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')) {
    if (at + 4 > element.byteLength) return;
    view.setUint32(at, character.codePointAt(0)!, isLittleEndian);
    at += 4;
  }
}

async function decodeElements(bytes: Uint8Array, { segments, itemsize, storedByteLength }: ElementLayout, count: number, place: HeapPlace, store: ByteStore | undefined, call: Call | undefined): Promise<Uint8Array> {
  if (bytes.byteLength !== count * storedByteLength) throw damaged(`there are ${bytes.byteLength} bytes of references instead of ${count * storedByteLength}`);
  const result = new Uint8Array(count * itemsize);
  const wanted = new WantedStrings(bytes, place);
  let from = 0;
  let to = 0;
  for (let element = 0; element < count; element++) {
    for (const segment of segments) {
      if ('put' in segment) {
        for (let i = 0; i < segment.count; i++, from += referenceByteLength(place), to += segment.itemsize) wanted.add(from, segment, to);
      } else {
        result.set(bytes.subarray(from, from + segment.byteLength), to);
        from += segment.byteLength;
        to += segment.byteLength;
      }
    }
  }
  await putStrings(wanted, result, place, store, call);
  return result;
}

/** References by the collections that they lead into. */
class WantedStrings {
  readonly byCollection = new Map<number, Wanted[]>();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #offsetSize: number;

  constructor(bytes: Uint8Array, { offsetSize }: HeapPlace) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offsetSize = offsetSize;
  }

  add(from: number, strings: Strings, at: number): void {
    const byteLength = this.#view.getUint32(from, true);
    const address = readUint(this.#bytes, from + 4, this.#offsetSize);
    // An empty string refers to nothing.
    if (byteLength === 0 || address === 0 || !Number.isSafeInteger(address)) return;
    const reference = { strings, at, object: this.#view.getUint32(from + 4 + this.#offsetSize, true), byteLength };
    const others = this.byCollection.get(address);
    if (others) others.push(reference);
    else this.byCollection.set(address, [reference]);
  }
}

async function putStrings({ byCollection }: WantedStrings, result: Uint8Array, place: HeapPlace, store: ByteStore | undefined, call: Call | undefined): Promise<void> {
  if (byCollection.size === 0) return;
  if (!store) throw new TesseraError('internal', 'The codec "hdf5_vlen" was given no store to read from.');
  const window = new Window(store, place.uri, call);
  for (const [address, references] of [...byCollection].sort(([a], [b]) => a - b)) {
    const collection = await readCollection(window, place, address);
    for (const { strings: { put, itemsize }, at, object, byteLength } of references) {
      const value = collection.get(object);
      if (!value || value.byteLength < byteLength) throw damaged('a string is not where its reference says');
      // A C string ends at its first NUL.
      const end = value.subarray(0, byteLength).indexOf(0);
      put(value.subarray(0, end < 0 ? byteLength : end), result.subarray(at, at + itemsize));
    }
  }
}

/** Objects of a collection by number. */
async function readCollection(window: Window, place: HeapPlace, address: number): Promise<Map<number, Uint8Array>> {
  const { lengthSize } = place;
  const start = place.baseOffset + address;
  const header = await window.read(start, 8 + lengthSize);
  if (header[0] !== 0x47 || header[1] !== 0x43 || header[2] !== 0x4f || header[3] !== 0x4c) throw damaged('the signature "GCOL" is missing');
  const byteLength = readUint(header, 8, lengthSize);
  if (byteLength > maxCollectionByteLength) throw damaged(`a collection claims ${byteLength} bytes`);
  const bytes = await window.read(start, byteLength);
  const objects = new Map<number, Uint8Array>();
  for (let at = 8 + lengthSize; at + 8 + lengthSize <= byteLength; ) {
    const number = bytes[at]! | (bytes[at + 1]! << 8);
    // Object 0 is the free space up to the end.
    if (number === 0) break;
    const objectByteLength = readUint(bytes, at + 8, lengthSize);
    at += 8 + lengthSize;
    if (!(at + objectByteLength <= byteLength)) throw damaged('an object lies beyond its collection');
    objects.set(number, bytes.subarray(at, at + objectByteLength));
    at += Math.ceil(objectByteLength / 8) * 8;
  }
  return objects;
}

/** Reads that go forwards through a file, a window at a time. */
class Window {
  readonly #store: ByteStore;
  readonly #uri: string;
  readonly #call: Call | undefined;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(store: ByteStore, uri: string, call: Call | undefined) {
    this.#store = store;
    this.#uri = uri;
    this.#call = call;
  }

  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const isInside = byteOffset >= this.#start && byteOffset + byteLength <= this.#start + this.#bytes.byteLength;
    if (!isInside) {
      const bytes = await this.#store.read(this.#uri, { byteOffset, byteLength: Math.max(byteLength, windowByteLength) }, this.#call);
      if (!bytes || bytes.byteLength < byteLength) throw damaged('a collection lies beyond the end of the file');
      this.#start = byteOffset;
      this.#bytes = bytes;
    }
    return this.#bytes.subarray(byteOffset - this.#start, byteOffset - this.#start + byteLength);
  }
}

function readUint(bytes: Uint8Array, start: number, byteLength: number): number {
  let value = 0;
  for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
  return value;
}

function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `The strings of these data could not be read: ${reason}.`, { codec: 'hdf5_vlen' });
}

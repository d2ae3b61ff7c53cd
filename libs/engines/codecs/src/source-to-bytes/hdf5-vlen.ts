import { TesseraError, elementCount, isStruct, type ByteStore, type Call, type Codec } from '@tessera/domain';

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
 */
export const hdf5VlenCodec: Codec = {
  name: 'hdf5_vlen',
  kind: 'array-to-bytes',
  isMainThreadOnly: true,
  resolve(configuration, { shape, dataType, store }) {
    const place = parsePlace(configuration);
    if (isStruct(dataType) || (dataType.kind !== 'S' && dataType.kind !== 'U')) throw new TesseraError('invalid_argument', 'The codec "hdf5_vlen" makes strings of type "S" or "U" only.');
    const put = dataType.kind === 'S' ? putOctets : dataType.endianness === 'big' ? putBigEndianText : putText;
    const referenceByteLength = 8 + place.offsetSize;
    return {
      decode: (bytes, call) => decodeStrings(bytes, { itemsize: dataType.itemsize, put }, elementCount(shape), place, store, call),
      encodedDataType: { kind: 'V', itemsize: referenceByteLength, endianness: 'not_applicable' },
      maxEncodedByteLength: elementCount(shape) * referenceByteLength,
    };
  },
};

function parsePlace(configuration: Readonly<Record<string, unknown>>): HeapPlace {
  const { uri, baseOffset, offsetSize, lengthSize } = configuration;
  const isWidth = (width: unknown) => width === 2 || width === 4 || width === 8;
  if (typeof uri !== 'string' || !Number.isSafeInteger(baseOffset) || (baseOffset as number) < 0 || !isWidth(offsetSize) || !isWidth(lengthSize)) {
    throw new TesseraError('invalid_argument', 'The codec "hdf5_vlen" needs "uri", "baseOffset", "offsetSize" and "lengthSize".');
  }
  return { uri, baseOffset: baseOffset as number, offsetSize: offsetSize as number, lengthSize: lengthSize as number };
}

interface Wanted {
  readonly element: number;
  readonly object: number;
  readonly byteLength: number;
}

/** Writes one string, cut to the element's bytes. */
type Put = (value: Uint8Array, element: Uint8Array) => void;

interface Target {
  readonly itemsize: number;
  readonly put: Put;
}

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

async function decodeStrings(bytes: Uint8Array, { itemsize, put }: Target, count: number, place: HeapPlace, store: ByteStore | undefined, call: Call | undefined): Promise<Uint8Array> {
  const stride = 8 + place.offsetSize;
  if (bytes.byteLength !== count * stride) throw damaged(`there are ${bytes.byteLength} bytes of references instead of ${count * stride}`);
  const wanted = new Map<number, Wanted[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let element = 0; element < count; element++) {
    const start = element * stride;
    const byteLength = view.getUint32(start, true);
    const address = readUint(bytes, start + 4, place.offsetSize);
    // An empty string refers to nothing.
    if (byteLength === 0 || address === 0 || !Number.isSafeInteger(address)) continue;
    const reference = { element, object: view.getUint32(start + 4 + place.offsetSize, true), byteLength };
    const others = wanted.get(address);
    if (others) others.push(reference);
    else wanted.set(address, [reference]);
  }
  const result = new Uint8Array(count * itemsize);
  if (wanted.size === 0) return result;
  if (!store) throw new TesseraError('internal', 'The codec "hdf5_vlen" was given no store to read from.');
  const window = new Window(store, place.uri, call);
  for (const [address, references] of [...wanted].sort(([a], [b]) => a - b)) {
    const collection = await readCollection(window, place, address);
    for (const { element, object, byteLength } of references) {
      const value = collection.get(object);
      if (!value || value.byteLength < byteLength) throw damaged('a string is not where its reference says');
      // A C string ends at its first NUL.
      const end = value.subarray(0, byteLength).indexOf(0);
      put(value.subarray(0, end < 0 ? byteLength : end), result.subarray(element * itemsize, (element + 1) * itemsize));
    }
  }
  return result;
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

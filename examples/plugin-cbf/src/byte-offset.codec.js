import { TesseraError, elementCount } from '@tessera/plugin-api';

/** Longest form of an element: escapes of 1, 2 and 4 bytes, then 8 bytes. */
const maxElementByteLength = 15;

/**
 * CBF's byte-offset compression (International Tables for Crystallography, volume G, chapter 5.6, "Byte-offset"): each
 * element is the difference to the one before it, in one byte; the least value of a width says that the next wider one
 * follows, little endian.
 * @type {import('@tessera/plugin-api').Codec}
 */
export const byteOffsetCodec = {
  name: 'cbf_byte_offset',
  kind: 'array-to-bytes',
  resolve(_configuration, { shape, dataType }) {
    if (dataType.kind !== 'i' && dataType.kind !== 'u') throw new TesseraError('invalid_argument', 'Only integers can be compressed by byte offsets.');
    const count = elementCount(shape);
    const type = { count, itemsize: dataType.itemsize, isSigned: dataType.kind === 'i', isLittle: dataType.endianness !== 'big' };
    return {
      decode: (bytes) => (type.itemsize === 8 ? decodeWide(bytes, type) : decode(bytes, type)),
      encode: (bytes) => encode(bytes, type),
      maxEncodedByteLength: count * maxElementByteLength,
    };
  },
};

/** @typedef {{ count: number, itemsize: number, isSigned: boolean, isLittle: boolean }} Elements */

/**
 * Elements of up to 32 bits: sums are numbers, and wrap around as the type does.
 * @param {Uint8Array} bytes
 * @param {Elements} type
 */
function decode(bytes, { count, itemsize, isLittle }) {
  const result = new Uint8Array(count * itemsize);
  const from = viewOf(bytes);
  const to = viewOf(result);
  let at = 0;
  let value = 0;
  for (let element = 0; element < count; element++) {
    if (at >= bytes.byteLength) throw damaged();
    let delta = from.getInt8(at);
    at += 1;
    if (delta === -0x80) {
      if (at + 2 > bytes.byteLength) throw damaged();
      delta = from.getInt16(at, true);
      at += 2;
      if (delta === -0x8000) {
        if (at + 4 > bytes.byteLength) throw damaged();
        delta = from.getInt32(at, true);
        at += 4;
        if (delta === -0x80000000) {
          if (at + 8 > bytes.byteLength) throw damaged();
          delta = Number(BigInt.asIntN(32, from.getBigInt64(at, true)));
          at += 8;
        }
      }
    }
    value = (value + delta) | 0;
    if (itemsize === 4) to.setInt32(element * 4, value, isLittle);
    else if (itemsize === 2) to.setInt16(element * 2, value, isLittle);
    else result[element] = value;
  }
  return result;
}

/**
 * The same for 64 bits, which numbers do not hold.
 * @param {Uint8Array} bytes
 * @param {Elements} type
 */
function decodeWide(bytes, { count, isLittle }) {
  const result = new Uint8Array(count * 8);
  const from = viewOf(bytes);
  const to = viewOf(result);
  let at = 0;
  let value = 0n;
  for (let element = 0; element < count; element++) {
    let width = 1;
    let delta = readDelta(from, at, width);
    for (at += width; width < 8 && delta === -(1n << BigInt(width * 8 - 1)); at += width) delta = readDelta(from, at, (width *= 2));
    value = BigInt.asIntN(64, value + delta);
    to.setBigInt64(element * 8, value, isLittle);
  }
  return result;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} width
 */
function readDelta(view, at, width) {
  if (at + width > view.byteLength) throw damaged();
  if (width === 1) return BigInt(view.getInt8(at));
  if (width === 2) return BigInt(view.getInt16(at, true));
  return width === 4 ? BigInt(view.getInt32(at, true)) : view.getBigInt64(at, true);
}

/**
 * @param {Uint8Array} bytes
 * @param {Elements} type
 */
function encode(bytes, type) {
  const from = viewOf(bytes);
  const encoder = new Encoder(type.count);
  if (type.itemsize < 8) {
    for (let element = 0, before = 0; element < type.count; element++) {
      const value = elementAt(from, element, type);
      // Sums wrap around at 32 bits, so that differences may, too: none takes 8 bytes but the least.
      encoder.add((value - before) | 0);
      before = value;
    }
  } else {
    for (let element = 0, before = 0n; element < type.count; element++) {
      const value = type.isSigned ? from.getBigInt64(element * 8, type.isLittle) : from.getBigUint64(element * 8, type.isLittle);
      encoder.addWide(value - before);
      before = value;
    }
  }
  return encoder.bytes();
}

/**
 * @param {DataView} view
 * @param {number} element
 * @param {Elements} type
 */
function elementAt(view, element, { itemsize, isSigned, isLittle }) {
  if (itemsize === 1) return isSigned ? view.getInt8(element) : view.getUint8(element);
  if (itemsize === 2) return isSigned ? view.getInt16(element * 2, isLittle) : view.getUint16(element * 2, isLittle);
  return isSigned ? view.getInt32(element * 4, isLittle) : view.getUint32(element * 4, isLittle);
}

/** Collects differences, in memory that grows with them. */
class Encoder {
  #bytes;
  #view;
  #at = 0;

  /** @param {number} count elements to come */
  constructor(count) {
    this.#bytes = new Uint8Array(Math.max(64, count * 2));
    this.#view = viewOf(this.#bytes);
  }

  /** @param {number} delta */
  add(delta) {
    if (this.#at + maxElementByteLength > this.#bytes.byteLength) this.#grow();
    const view = this.#view;
    if (delta >= -0x7f && delta <= 0x7f) {
      view.setInt8(this.#at, delta);
      this.#at += 1;
      return;
    }
    view.setUint8(this.#at, 0x80);
    if (delta >= -0x7fff && delta <= 0x7fff) {
      view.setInt16(this.#at + 1, delta, true);
      this.#at += 3;
      return;
    }
    view.setUint16(this.#at + 1, 0x8000, true);
    if (delta >= -0x7fffffff && delta <= 0x7fffffff) {
      view.setInt32(this.#at + 3, delta, true);
      this.#at += 7;
      return;
    }
    view.setUint32(this.#at + 3, 0x80000000, true);
    view.setBigInt64(this.#at + 7, BigInt(delta), true);
    this.#at += maxElementByteLength;
  }

  /** @param {bigint} delta */
  addWide(delta) {
    const wrapped = BigInt.asIntN(64, delta);
    if (wrapped >= -0x7fffffffn && wrapped <= 0x7fffffffn) return this.add(Number(wrapped));
    if (this.#at + maxElementByteLength > this.#bytes.byteLength) this.#grow();
    this.#view.setUint8(this.#at, 0x80);
    this.#view.setUint16(this.#at + 1, 0x8000, true);
    this.#view.setUint32(this.#at + 3, 0x80000000, true);
    this.#view.setBigInt64(this.#at + 7, wrapped, true);
    this.#at += maxElementByteLength;
  }

  bytes() {
    return this.#bytes.slice(0, this.#at);
  }

  #grow() {
    const larger = new Uint8Array(this.#bytes.byteLength * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

/** @param {Uint8Array} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged() {
  return new TesseraError('gone', 'A frame of these data could not be decoded (cbf_byte_offset): it is cut short.', { codec: 'cbf_byte_offset' });
}

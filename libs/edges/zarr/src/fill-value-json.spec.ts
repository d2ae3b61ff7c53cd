import { parseDescr } from '@tessera/domain';
import { fillValueJson } from './fill-value-json.ts';

const json = (dtype: string, bytes?: Uint8Array) => JSON.stringify(fillValueJson(parseDescr(dtype), bytes));
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('fillValueJson', () => {
  it('is zero of its kind where nothing is stated', () => {
    expect(['<f8', '<i4', '|b1', '<c16', '|S3', '<U2', '<M8[ns]'].map((dtype) => json(dtype))).toEqual([
      '0', '0', 'false', '[0,0]', '""', '""', '0',
    ]);
  });

  it('writes what JSON has no number for as a word', () => {
    expect(json('<f8', bytesOf(new Float64Array([NaN])))).toBe('"NaN"');
    expect(json('<f4', bytesOf(new Float32Array([-Infinity])))).toBe('"-Infinity"');
    expect(json('<f2', bytesOf(new Uint16Array([0x7e00])))).toBe('"NaN"');
    expect(json('<M8[ns]', bytesOf(new BigInt64Array([-(2n ** 63n)])))).toBe('"NaT"');
  });

  it('keeps every digit of 64-bit integers', () => {
    expect(json('<u8', bytesOf(new BigUint64Array([2n ** 64n - 1n])))).toBe('18446744073709551615');
    expect(json('<i8', bytesOf(new BigInt64Array([-(2n ** 63n)])))).toBe('-9223372036854775808');
  });

  it('writes octets without their padding, as zarr-python does', () => {
    expect(json('|S4', new Uint8Array([97, 0, 98, 0]))).toBe('"YQBi"');
    expect(json('|V3')).toBe('"AAAA"');
  });

  it('keeps the sign of zero, and replaces what is no character', () => {
    expect(json('<f8', bytesOf(new Float64Array([-0])))).toBe('-0.0');
    expect(json('<c8', bytesOf(new Float32Array([-0, NaN])))).toBe('[-0.0,"NaN"]');
    expect(json('<U2', bytesOf(new Uint32Array([0x110000, 97])))).toBe('"\ufffda"');
  });

  it('honours the byte order of the type', () => {
    expect(json('>i2', new Uint8Array([1, 2]))).toBe('258');
    expect(json('<i2', new Uint8Array([1, 2]))).toBe('513');
    expect(json('<f2', bytesOf(new Uint16Array([0x3e00])))).toBe('1.5');
  });
});

import { makeData, type Data, type DataType } from 'apache-arrow';
import { makeColumn } from '../../batch/make-batch.ts';
import { packedKindOf } from '../packed-kind.ts';

const arrays = { i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

/** Values as PostgreSQL writes them, as a column of a type that `postgresColumn` gives. */
export function postgresData(type: DataType, texts: readonly (string | null)[]): Data {
  const kind = packedKindOf(type);
  if (kind === 'text') return texts.length === 0 ? makeData({ type } as never) : makeColumn(texts);
  const common = { type, ...validity(texts) };
  switch (kind) {
    case 'bool': return boolData(common, texts);
    case 'bytes': return bytesData(common, texts);
    case 'decimal': return makeData({ ...common, data: decimals(texts) } as never);
    case 'i8': return makeData({ ...common, data: BigInt64Array.from(texts, (text) => BigInt(text ?? 0)) } as never);
    case 'u8': return makeData({ ...common, data: BigUint64Array.from(texts, (text) => BigInt(text ?? 0)) } as never);
    default: return makeData({ ...common, data: arrays[kind].from(texts.map((text) => Number(text ?? 0))) } as never);
  }
}

function boolData(common: object, texts: readonly (string | null)[]): Data {
  const data = new Uint8Array(Math.ceil(texts.length / 8));
  texts.forEach((text, row) => {
    if (text === 't') data[row >> 3]! |= 1 << (row & 7);
  });
  return makeData({ ...common, data } as never);
}

function bytesData(common: object, texts: readonly (string | null)[]): Data {
  const valueOffsets = new Int32Array(texts.length + 1);
  texts.forEach((text, row) => {
    valueOffsets[row + 1] = valueOffsets[row]! + (text?.length ?? 0) / 2;
  });
  return makeData({ ...common, valueOffsets, data: new Uint8Array(Buffer.from(texts.join(''), 'hex')) } as never);
}

/** 128 bits each, little endian, in 32-bit words. */
function decimals(texts: readonly (string | null)[]): Uint32Array {
  const words = new BigUint64Array(texts.length * 2);
  texts.forEach((text, row) => {
    const value = BigInt(text ?? 0);
    words[row * 2] = BigInt.asUintN(64, value);
    words[row * 2 + 1] = BigInt.asUintN(64, value >> 64n);
  });
  return new Uint32Array(words.buffer);
}

function validity(texts: readonly (string | null)[]): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(texts.length / 8));
  let nullCount = 0;
  texts.forEach((text, row) => {
    if (text === null) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return { length: texts.length, nullCount, ...(nullCount === 0 ? {} : { nullBitmap }) };
}


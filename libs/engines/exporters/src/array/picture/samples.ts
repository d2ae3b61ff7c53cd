// The elements of an array as numbers for a picture, read into as little memory as their type allows.
import { elementCount, isStruct, type DataType } from '@tessera/domain';
import type { ArraySource } from '../../exporter.ts';
import { float16FromBits } from '../number-text.ts';
import { breathe, wholeElements } from '../whole-elements.ts';
import { lendScratch } from './scratch.ts';

/** Numbers of a picture. Narrow integers stay as they are: the value is the word less the offset. */
export type Samples =
  | { readonly kind: 'words'; readonly words: Uint16Array | Uint8Array; readonly offset: number }
  | { readonly kind: 'floats'; readonly values: Float32Array };

type Words = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array;
type WordsType = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Words;

/** Kind and size → how the words lie in memory, in this machine's byte order. */
const wordTypes: Readonly<Record<string, WordsType>> = {
  b1: Uint8Array, u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array,
  u8: BigUint64Array, i8: BigInt64Array, f2: Uint16Array, f4: Float32Array, f8: Float64Array, c8: Float32Array, c16: Float64Array,
};

/** Whether elements of a type can be shown: numbers, truth values, complex numbers by their real part. */
export function isNumeric(dataType: DataType): boolean {
  return !isStruct(dataType) && `${dataType.kind}${dataType.itemsize}` in wordTypes;
}

/** Reads all elements, into memory that is to be given back. The type must be numeric. */
export async function readSamples({ bytes, dataType, shape }: ArraySource): Promise<Samples> {
  if (isStruct(dataType)) throw new TypeError('A struct is no number.');
  const { kind, itemsize } = dataType;
  const name = `${kind}${itemsize}`;
  const count = elementCount(shape);
  const samples: Samples = name === 'b1' || name === 'u1' ? { kind: 'words', words: new Uint8Array(lendScratch(count), 0, count), offset: 0 }
    : name === 'i1' || name === 'u2' || name === 'i2' ? { kind: 'words', words: new Uint16Array(lendScratch(count * 2), 0, count), offset: name === 'u2' ? 0 : 0x8000 }
      : { kind: 'floats', values: new Float32Array(lendScratch(count * 4), 0, count) };
  const wordByteLength = kind === 'c' ? itemsize / 2 : itemsize;
  let ordinal = 0;
  for await (const piece of wholeElements(bytes, itemsize)) {
    const words = inHostOrder(piece, wordTypes[name]!, wordByteLength, dataType.endianness === 'big');
    take(samples, words, ordinal, name);
    ordinal += piece.byteLength / itemsize;
    await breathe();
  }
  return samples;
}

/** The words of a piece; a copy if they lie askew or the other way round. */
function inHostOrder(piece: Uint8Array, Type: WordsType, wordByteLength: number, isBigEndian: boolean): Words {
  const count = piece.byteLength / wordByteLength;
  if (!isBigEndian && piece.byteOffset % wordByteLength === 0) return new Type(piece.buffer, piece.byteOffset, count);
  const copy = Buffer.allocUnsafeSlow(piece.byteLength);
  copy.set(piece);
  if (isBigEndian && wordByteLength === 2) copy.swap16();
  else if (isBigEndian && wordByteLength === 4) copy.swap32();
  else if (isBigEndian && wordByteLength === 8) copy.swap64();
  return new Type(copy.buffer, copy.byteOffset, count);
}

function take(samples: Samples, words: Words, ordinal: number, name: string): void {
  if (samples.kind === 'words') {
    const { words: target, offset } = samples;
    if (name === 'b1') for (let i = 0; i < words.length; i++) target[ordinal + i] = words[i] === 0 ? 0 : 1;
    else if (offset === 0) target.set(words as Uint16Array, ordinal);
    else for (let i = 0; i < words.length; i++) target[ordinal + i] = Number(words[i]!) + offset;
    return;
  }
  const { values } = samples;
  if (name === 'f2') for (let i = 0; i < words.length; i++) values[ordinal + i] = float16FromBits(words[i] as number);
  else if (name.startsWith('c')) for (let i = 0; i < words.length; i += 2) values[ordinal + i / 2] = words[i] as number;
  else if (words instanceof BigInt64Array || words instanceof BigUint64Array) for (let i = 0; i < words.length; i++) values[ordinal + i] = Number(words[i]!);
  else values.set(words, ordinal);
}

/** The memory of samples that are not needed any more. */
export function scratchOf(samples: Samples): ArrayBufferLike {
  return samples.kind === 'words' ? samples.words.buffer : samples.values.buffer;
}

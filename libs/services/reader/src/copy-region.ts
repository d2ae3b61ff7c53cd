// The inner loop of every assembled read: elements from one place in memory to another, axis by axis.

/** A box of elements in memory. Offsets and strides count elements; strides may be negative or 0. */
export interface Box {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Runs at least this long are copied as a block; shorter ones element by element, which then costs less. */
const blockByteLength = 128;

/**
 * Copies `counts` elements along each axis. The boxes must hold them all.
 * A source stride of 0 repeats the element along its axis.
 */
export function copyRegion(source: Box, target: Box, counts: readonly number[], itemsize: number): void {
  if (itemsize === 0 || counts.includes(0)) return;
  const axes = mergeAxes(source.strides, target.strides, counts);
  const inner = axes.pop() ?? { count: 1, from: 1, to: 1 };
  const copyRow = rowCopier(source.bytes, target.bytes, inner, itemsize);
  const walk = (axis: number, from: number, to: number): void => {
    if (axis === axes.length) {
      copyRow(from, to);
      return;
    }
    const { count, from: fromStride, to: toStride } = axes[axis]!;
    for (let i = 0; i < count; i++) walk(axis + 1, from + i * fromStride, to + i * toStride);
  };
  walk(0, source.start, target.start);
}

interface Axis {
  readonly count: number;
  /** Stride in the source and in the target. */
  readonly from: number;
  readonly to: number;
}

/** Leaves out axes of one element and joins neighbours that are one run in both boxes. */
export function mergeAxes(from: readonly number[], to: readonly number[], counts: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  counts.forEach((count, index) => {
    if (count === 1) return;
    const axis = { count, from: from[index]!, to: to[index]! };
    const outer = axes.at(-1);
    if (outer && outer.from === axis.from * count && outer.to === axis.to * count) axes[axes.length - 1] = { ...axis, count: outer.count * count };
    else axes.push(axis);
  });
  return axes;
}

type RowCopier = (from: number, to: number) => void;

function rowCopier(source: Uint8Array, target: Uint8Array, { count, from, to }: Axis, itemsize: number): RowCopier {
  const runByteLength = count * itemsize;
  if (from === 1 && to === 1 && (count === 1 ? itemsize : runByteLength) >= blockByteLength) {
    return (start, at) => target.set(source.subarray(start * itemsize, start * itemsize + runByteLength), at * itemsize);
  }
  const wordByteLength = wordLengthFor(source, target, itemsize);
  const sourceWords = wordsOf(source, wordByteLength);
  const targetWords = wordsOf(target, wordByteLength);
  const words = itemsize / wordByteLength;
  switch (words) {
    case 1: return copyWords1(sourceWords, targetWords, count, from, to);
    case 2: return copyWords2(sourceWords, targetWords, count, from, to);
    default: return copyWordsN(sourceWords, targetWords, count, from, to, words);
  }
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The widest word that divides the element and suits where both boxes lie in memory. Never floats: copying one may change NaN bits. */
function wordLengthFor(source: Uint8Array, target: Uint8Array, itemsize: number): 1 | 2 | 4 {
  const fits = (length: number) => itemsize % length === 0 && source.byteOffset % length === 0 && target.byteOffset % length === 0;
  return fits(4) ? 4 : fits(2) ? 2 : 1;
}

function wordsOf(bytes: Uint8Array, wordByteLength: 1 | 2 | 4): Words {
  if (wordByteLength === 1) return bytes;
  const Type = wordByteLength === 4 ? Uint32Array : Uint16Array;
  return new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, Math.floor(bytes.byteLength / wordByteLength));
}

function copyWords1(source: Words, target: Words, count: number, from: number, to: number): RowCopier {
  return (start, at) => {
    for (let i = 0, s = start, t = at; i < count; i++, s += from, t += to) target[t] = source[s]!;
  };
}

function copyWords2(source: Words, target: Words, count: number, from: number, to: number): RowCopier {
  return (start, at) => {
    for (let i = 0, s = start * 2, t = at * 2; i < count; i++, s += from * 2, t += to * 2) {
      target[t] = source[s]!;
      target[t + 1] = source[s + 1]!;
    }
  };
}

function copyWordsN(source: Words, target: Words, count: number, from: number, to: number, words: number): RowCopier {
  return (start, at) => {
    for (let i = 0, s = start * words, t = at * words; i < count; i++, s += from * words, t += to * words) {
      for (let word = 0; word < words; word++) target[t + word] = source[s + word]!;
    }
  };
}

/** Distance between neighbours along each axis of an array in C order, in elements. */
export function cStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

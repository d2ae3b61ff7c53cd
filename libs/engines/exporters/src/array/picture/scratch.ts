// Memory that pictures use one after the other. Made anew for each, some megabytes would make the garbage collector
// look through the whole heap every few pictures, which costs more than the picture.

/** What is kept for the next picture, over all. */
const maxKeptByteLength = 32 * 2 ** 20;
/** Buffers are of lengths that pictures of about one size have in common. */
const granularity = 2 ** 18;

const kept: ArrayBuffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();
let keptByteLength = 0;

/** Memory of at least this length, with anything in it. To be given back, or else forgotten. */
export function lendScratch(byteLength: number): ArrayBuffer {
  const length = Math.max(1, Math.ceil(byteLength / granularity)) * granularity;
  const index = kept.findIndex((buffer) => buffer.byteLength === length);
  const buffer = index < 0 ? new ArrayBuffer(length) : kept.splice(index, 1)[0]!;
  if (index >= 0) keptByteLength -= length;
  lent.add(buffer);
  return buffer;
}

/** Takes back what was lent and nobody looks at any more; other memory is not taken. */
export function giveBackScratch(buffer: ArrayBufferLike): void {
  if (!lent.delete(buffer) || !(buffer instanceof ArrayBuffer) || buffer.byteLength > maxKeptByteLength) return;
  while (keptByteLength + buffer.byteLength > maxKeptByteLength) keptByteLength -= kept.shift()!.byteLength;
  kept.push(buffer);
  keptByteLength += buffer.byteLength;
}

import { endianness } from 'node:os';

const isLittleEndian = endianness() === 'LE';

/**
 * Undoes a byte shuffle (first bytes of all elements, then second bytes, …). Bytes beyond the last whole element are not
 * shuffled. `target` is as long as `block`, and shares no memory with it.
 */
export function unshuffleBytes(block: Uint8Array, target: Uint8Array, itemsize: number): void {
  const count = Math.floor(block.byteLength / itemsize);
  const hasWords = isLittleEndian && target.byteLength >= block.byteLength;
  if (hasWords && itemsize === 2 && target.byteOffset % 2 === 0) joinPairs(block, new Uint16Array(target.buffer, target.byteOffset, count));
  else if (hasWords && itemsize % 4 === 0 && target.byteOffset % 4 === 0) joinQuads(block, new Uint32Array(target.buffer, target.byteOffset, count * itemsize / 4), count, itemsize / 4);
  else placeBytes(block, target, count, itemsize);
  target.set(block.subarray(count * itemsize), count * itemsize);
}

/** One store a word takes half the time of one a byte. */
function joinPairs(block: Uint8Array, words: Uint16Array): void {
  const count = words.length;
  for (let element = 0; element < count; element++) words[element] = block[element]! | (block[count + element]! << 8);
}

function joinQuads(block: Uint8Array, words: Uint32Array, count: number, wordsAnElement: number): void {
  for (let word = 0; word < wordsAnElement; word++) {
    const first = word * 4 * count;
    const [second, third, fourth] = [first + count, first + 2 * count, first + 3 * count];
    for (let element = 0, to = word; element < count; element++, to += wordsAnElement) {
      words[to] = block[first + element]! | (block[second + element]! << 8) | (block[third + element]! << 16) | (block[fourth + element]! << 24);
    }
  }
}

function placeBytes(block: Uint8Array, target: Uint8Array, count: number, itemsize: number): void {
  for (let byte = 0; byte < itemsize; byte++) {
    const plane = byte * count;
    for (let element = 0, to = byte; element < count; element++, to += itemsize) target[to] = block[plane + element]!;
  }
}

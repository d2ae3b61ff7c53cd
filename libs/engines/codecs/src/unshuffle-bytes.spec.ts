import fc from 'fast-check';
import { unshuffleBytes } from './unshuffle-bytes.ts';

describe('unshuffleBytes', () => {
  it('gives back the elements whose bytes were sorted by their place, wherever they go to in memory', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(fc.property(bytes, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 5 }), (elements, itemsize, byteOffset) => {
      const count = Math.floor(elements.length / itemsize);
      const place = (at: number) => (at < count * itemsize ? (at % itemsize) * count + Math.floor(at / itemsize) : at);
      const shuffled = new Uint8Array(elements.length);
      elements.forEach((byte, at) => (shuffled[place(at)] = byte));
      const memory = new Uint8Array(byteOffset + elements.length + 1).fill(77);
      unshuffleBytes(shuffled, memory.subarray(byteOffset, byteOffset + elements.length), itemsize);
      expect([...memory]).toEqual([...new Uint8Array(byteOffset).fill(77), ...elements, 77]);
    }), { numRuns: 500 });
  });
});

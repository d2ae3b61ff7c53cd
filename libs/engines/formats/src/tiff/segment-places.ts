import { damaged } from './damage.ts';
import { maxSegmentCount } from './limits.ts';
import type { Segments } from './segments.ts';

/** Places of the strips and tiles of many images in two arrays: an array for each image would weigh more than what is in it. */
export class SegmentPlaces {
  #byteOffsets: Float64Array = new Float64Array(16);
  #byteLengths: Float64Array = new Float64Array(16);
  #count = 0;

  /** The number of the first one added. @throws TesseraError gone if there are too many for one file. */
  add({ byteOffsets, byteLengths }: Segments): number {
    const first = this.#count;
    this.#count += byteOffsets.length;
    if (this.#count > maxSegmentCount) throw damaged(`it has more than ${maxSegmentCount} strips or tiles`);
    this.#byteOffsets = withRoom(this.#byteOffsets, this.#count);
    this.#byteLengths = withRoom(this.#byteLengths, this.#count);
    this.#byteOffsets.set(byteOffsets, first);
    this.#byteLengths.set(byteLengths, first);
    return first;
  }

  at(first: number, count: number): Segments {
    return { byteOffsets: this.#byteOffsets.subarray(first, first + count), byteLengths: this.#byteLengths.subarray(first, first + count) };
  }
}

function withRoom(array: Float64Array, count: number): Float64Array {
  if (count <= array.length) return array;
  const longer = new Float64Array(Math.max(count, array.length * 2));
  longer.set(array);
  return longer;
}

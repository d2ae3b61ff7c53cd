import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An uncompressed Zarr v2 array of `count` square chunks of 2-byte elements, as files. Returns the keys of its chunks. */
export function makeChunkFiles(folder, side, count = 64) {
  const array = join(folder, 'image');
  mkdirSync(array, { recursive: true });
  writeFileSync(join(array, '.zarray'), JSON.stringify({
    zarr_format: 2, shape: [side * count, side], chunks: [side, side], dtype: '<u2', fill_value: 0, order: 'C', filters: null, compressor: null,
  }));
  return Array.from({ length: count }, (_, index) => {
    const chunk = new Uint16Array(side * side).map((_, at) => (at * 31 + index * 7) & 0xfff);
    writeFileSync(join(array, `${index}.0`), chunk);
    return `${index}.0`;
  });
}

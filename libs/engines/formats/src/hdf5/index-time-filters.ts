// Undoes the few filters that metadata may need while a file is indexed: filtered
// fractal heaps and chunks of variable-length strings. Array data are decoded by codecs, later.
import { inflateSync } from 'node:zlib';
import { damaged, unsupported } from './damage.ts';
import { filterId, type Filter } from './messages/filter-pipeline.ts';

/**
 * The bytes before filtering, at most `maxByteLength` of them.
 * @throws TesseraError gone if they are damaged or a filter is not one of deflate, shuffle, Fletcher32.
 */
export function undoFilters(filters: readonly Filter[], mask: number, bytes: Uint8Array, maxByteLength: number): Uint8Array {
  let current = bytes;
  for (let index = filters.length - 1; index >= 0; index--) {
    if ((mask & (1 << index)) !== 0) continue;
    current = undoFilter(filters[index]!, current, maxByteLength);
  }
  return current;
}

function undoFilter(filter: Filter, bytes: Uint8Array, maxByteLength: number): Uint8Array {
  switch (filter.id) {
    case filterId.deflate:
      return inflate(bytes, maxByteLength);
    case filterId.shuffle:
      return unshuffle(bytes, filter.parameters[0] ?? 1);
    case filterId.fletcher32:
      return bytes.subarray(0, Math.max(0, bytes.byteLength - 4));
    default:
      throw unsupported(`The lengths of its strings are behind the HDF5 filter ${filter.id}, which this server cannot undo`);
  }
}

function inflate(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: Math.max(maxByteLength, 1) });
  } catch {
    throw damaged('compressed bytes do not decompress');
  }
}

function unshuffle(bytes: Uint8Array, elementByteLength: number): Uint8Array {
  const count = Math.floor(bytes.byteLength / Math.max(elementByteLength, 1));
  if (elementByteLength <= 1 || count === 0) return bytes;
  const result = new Uint8Array(bytes);
  for (let byte = 0; byte < elementByteLength; byte++) {
    for (let element = 0; element < count; element++) result[element * elementByteLength + byte] = bytes[byte * count + element]!;
  }
  return result;
}

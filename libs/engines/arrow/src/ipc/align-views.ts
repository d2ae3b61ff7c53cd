import { Type, makeData, type Data } from 'apache-arrow';

/**
 * The same values with the validity of views starting at its first bit. The writer of apache-arrow 21 takes the views of a
 * slice from where its bits start, though they are cut already.
 */
export function alignViews(data: Data): Data {
  if (data.typeId === Type.Utf8View || data.typeId === Type.BinaryView) return data.offset === 0 ? data : aligned(data);
  const children = data.children.map(alignViews);
  if (children.every((child, i) => child === data.children[i])) return data;
  return data.clone(data.type, data.offset, data.length, data.nullCount, data as never, children);
}

function aligned(data: Data): Data {
  const { type, length, offset, nullBitmap, variadicBuffers } = data;
  const common = { type, length, views: data.values as Uint8Array, variadicBuffers };
  if (data.nullCount === 0 || !nullBitmap?.byteLength) return makeData({ ...common, nullCount: 0 } as never);
  const bits = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row++) bits[row >> 3]! |= ((nullBitmap[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1) << (row & 7);
  return makeData({ ...common, nullCount: data.nullCount, nullBitmap: bits } as never);
}

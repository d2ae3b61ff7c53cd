/** What the header of a binary section calls a type, and NumPy (imgCIF dictionary, "_array_data.data"). */
export const elementTypes = new Map([
  ['signed 8-bit integer', '|i1'],
  ['signed 16-bit integer', '<i2'],
  ['signed 32-bit integer', '<i4'],
  ['signed 64-bit integer', '<i8'],
  ['unsigned 8-bit integer', '|u1'],
  ['unsigned 16-bit integer', '<u2'],
  ['unsigned 32-bit integer', '<u4'],
  ['unsigned 64-bit integer', '<u8'],
]);

/**
 * The name of an integer type, whatever its byte order; undefined for other types.
 * @param {import('@tessera/plugin-api').DataType} dataType
 */
export function elementTypeName({ kind, itemsize }) {
  if (kind !== 'i' && kind !== 'u') return undefined;
  return `${kind === 'i' ? 'signed' : 'unsigned'} ${itemsize * 8}-bit integer`;
}

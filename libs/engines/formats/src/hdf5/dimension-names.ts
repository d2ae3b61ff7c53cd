// Names of axes as netCDF-4 stores them: HDF5 dimension scales (HDF5 Dimension Scale
// specification; NetCDF "NetCDF-4 File Format", "Dimensions in HDF5").
import type { JsonObject } from '@tessera/domain';

/**
 * The name of each axis, from the metadata of a netCDF variable; undefined unless
 * every axis has one. `key` is the variable's own name.
 */
export function dimensionNames(metadata: JsonObject, key: string, rank: number): string[] | undefined {
  const list = metadata['DIMENSION_LIST'];
  if (Array.isArray(list)) {
    // An entry an axis: paths of its scales, the first being the dimension.
    const names = list.map((scales) => (Array.isArray(scales) && typeof scales[0] === 'string' ? scales[0].slice(scales[0].lastIndexOf('/') + 1) : ''));
    return names.length === rank && names.every((name) => name !== '') ? names : undefined;
  }
  return metadata['CLASS'] === 'DIMENSION_SCALE' && rank === 1 ? [key] : undefined;
}

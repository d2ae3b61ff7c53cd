// Names of axes, from dimension scales (HDF5 Dimension Scale Specification).
import type { Json, JsonObject } from '@tessera/domain';

/**
 * The name of each axis of a dataset of `rank` axes: that of the first scale attached to it, else its label; of a scale itself its
 * own name (`key`). Axes that have none are `dim_0`, `dim_1`, … by their place; undefined if no axis has a name.
 */
export function dimensionNames(metadata: JsonObject, rank: number, key: string | undefined): readonly string[] | undefined {
  if (metadata['CLASS'] === 'DIMENSION_SCALE' && rank === 1 && key !== undefined) return [key];
  const scales = listOf(metadata['DIMENSION_LIST']);
  const labels = listOf(metadata['DIMENSION_LABELS']);
  const names = Array.from({ length: rank }, (_, axis) => scaleName(scales[axis]) ?? label(labels[axis]));
  return names.some((name) => name !== undefined) ? names.map((name, axis) => name ?? `dim_${axis}`) : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Each axis has a list of the paths of its scales. */
function scaleName(paths: Json | undefined): string | undefined {
  const [path] = listOf(paths);
  return typeof path === 'string' ? path.slice(path.lastIndexOf('/') + 1) || undefined : undefined;
}

function label(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

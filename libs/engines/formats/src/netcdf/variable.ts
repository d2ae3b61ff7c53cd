import type { IndexedNode, Json, JsonObject } from '@tessera/domain';
import type { FoundNode } from '../hdf5/tree.ts';
import { isScale, type Dimensions } from './dimensions.ts';

/** A variable or a group, without what netCDF-4 keeps for itself. */
export interface Variable {
  readonly node: IndexedNode;
  readonly attrs: JsonObject;
  /** Of the dimensions of its axes; undefined if one is unknown, and for groups. */
  readonly dimensionPaths: readonly string[] | undefined;
  readonly maxShape: readonly number[];
}

/** Attributes that netCDF libraries write for themselves and do not show. */
const hiddenAttributes = new Set([
  'CLASS', 'NAME', 'DIMENSION_LIST', 'REFERENCE_LIST', '_Netcdf4Dimid', '_Netcdf4Coordinates', '_NCProperties', '_nc3_strict',
]);

/** What the name of a scale begins with that stands for a dimension without coordinates; its length follows. */
const placeholderName = 'This is a netCDF dimension but not a netCDF variable.';

/** A variable that has the name of a dimension but is not its coordinate is stored under another name. */
const renamedPrefix = '_nc4_non_coord_';

export function isPlaceholder({ metadata }: IndexedNode): boolean {
  const name = metadata['NAME'];
  return isScale(metadata) && typeof name === 'string' && name.startsWith(placeholderName);
}

export function readVariable({ node, maxShape = [] }: FoundNode, dimensions: Dimensions): Variable {
  const path = node.path.map((part) => (part.length > renamedPrefix.length && part.startsWith(renamedPrefix) ? part.slice(renamedPrefix.length) : part));
  return { node: { ...node, path }, attrs: withUsableMarks(shownAttributes(node.metadata), node), dimensionPaths: dimensions.ofVariable(node), maxShape };
}

/**
 * Marks of missing values are compared with the data: digits would equal none of them. Those of 64-bit integers
 * are mostly powers of two, which a number holds exactly although most of its neighbours are no safe integers.
 */
export function withUsableMarks(attrs: JsonObject, { structure }: IndexedNode): JsonObject {
  if (structure.family !== 'array' || !['i', 'u'].includes(structure.array.dataType.kind)) return attrs;
  const marks = ['_FillValue', 'missing_value'].flatMap((name): [string, Json][] => {
    const value = attrs[name];
    const isExact = typeof value === 'string' && /^-?\d+$/.test(value) && BigInt(Number(value)) === BigInt(value);
    return isExact ? [[name, Number(value)]] : [];
  });
  return { ...attrs, ...Object.fromEntries(marks) };
}

/** netCDF-4 stores a single value as a list of one, and does not tell them apart. */
function shownAttributes(metadata: JsonObject): JsonObject {
  const shown = Object.entries(metadata).filter(([name]) => !hiddenAttributes.has(name));
  return Object.fromEntries(shown.map(([name, value]): [string, Json] => [name, Array.isArray(value) && value.length === 1 ? (value[0] as Json) : value]));
}

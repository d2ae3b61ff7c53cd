import type { Resolved } from '@tessera/domain';

/** Rows of a table, as the columns share them. */
const rowAxis = ['row'];

/**
 * Names of the axes of an array. Those without are called after their length: xarray opens no array without names,
 * and within a group one name may stand for one length alone. An axis as long as an earlier one is numbered, for
 * the names of an array must differ.
 */
export function axisNamesOf({ node, column }: Resolved): readonly string[] {
  if (column !== undefined) return rowAxis;
  if (node.structure.family === 'array') return node.structure.array.dims ?? madeUpNames(node.structure.array.shape);
  if (node.structure.family === 'sparse') return node.structure.sparse.dims ?? madeUpNames(node.structure.sparse.shape);
  return [];
}

function madeUpNames(shape: readonly number[]): string[] {
  const seen = new Map<number, number>();
  return shape.map((length) => {
    const count = (seen.get(length) ?? 0) + 1;
    seen.set(length, count);
    return count === 1 ? `dim_${length}` : `dim_${length}_${count}`;
  });
}

import { axisChunkCount, elementCount, formatScalarType, isStruct, regularChunkShape, type ChunkGrid, type DataType, type Node } from '@tessera/domain';

/** What a person calls a data type. */
export function typeName(type: DataType): string {
  if (!isStruct(type)) return formatScalarType(type);
  return `{${type.fields.map(({ name, dataType, shape }) => `${name}: ${typeName(dataType)}${shape ? `[${shape.join(', ')}]` : ''}`).join(', ')}}`;
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single value' : shape.map((length) => length.toLocaleString('en')).join(' × ');
}

export function chunksText(grid: ChunkGrid): string {
  const regular = regularChunkShape(grid);
  if (regular) return regular.length === 0 ? 'one' : regular.join(' × ');
  return `irregular, ${grid.chunks.map((chunks, axis) => axisChunkCount(grid.shape[axis]!, chunks)).join(' × ')} of them`;
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

export function byteSizeText(byteLength: number): string {
  const power = byteLength < 1000 ? 0 : Math.min(Math.floor(Math.log10(byteLength) / 3), units.length - 1);
  return `${power === 0 ? byteLength : (byteLength / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

/** The size in a listing: shape and type, columns, or how many are inside. */
export function summary({ structure, childCount }: Node): string {
  switch (structure.family) {
    case 'container':
      return childCount === undefined ? '' : childCount === 1 ? '1 entry' : `${childCount.toLocaleString('en')} entries`;
    case 'array':
      return `${shapeText(structure.array.shape)}, ${typeName(structure.array.dataType)}`;
    case 'sparse':
      return `${shapeText(structure.sparse.shape)}, ${typeName(structure.sparse.dataType)}`;
    case 'table': {
      const { columns, rowCount } = structure.table;
      return `${columns.length} ${columns.length === 1 ? 'column' : 'columns'}${rowCount === undefined ? '' : `, ${rowCount.toLocaleString('en')} rows`}`;
    }
    case 'bytes':
      return '';
  }
}

export const arrayByteLength = (grid: ChunkGrid, type: DataType) => elementCount(grid.shape) * type.itemsize;

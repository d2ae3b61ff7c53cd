// NumPy's types as columns of Arrow. Rows are the first axis; the others make each row a tensor.
import { elementCount, fieldByteLength, formatScalarType, isStruct, type DataType, type ScalarType } from '@tessera/domain';
import { Field, FixedSizeList, makeData, type Data } from 'apache-arrow';
import { leafOf } from './arrow-leaf.ts';

/** One column, and how it is made from the bytes of whole rows. */
export interface ArrowColumn {
  readonly field: Field;
  /** The bytes of a row are those of the column as they are. */
  readonly isAsStored: boolean;
  build(rows: Uint8Array, rowCount: number): Data;
}

/** Name of the column of an array that is no struct. */
const valueName = 'value';

/** Columns of rows of this shape: one, or one for each field of a struct, `a.b` for a field of a field. */
export function arrowColumns(dataType: DataType, rowShape: readonly number[], name = ''): readonly ArrowColumn[] {
  if (!isStruct(dataType)) return [leafColumn(name === '' ? valueName : name, dataType, rowShape)];
  let byteOffset = 0;
  return dataType.fields.flatMap((field) => {
    const at = byteOffset;
    const byteLength = fieldByteLength(field);
    byteOffset += byteLength;
    const columns = arrowColumns(field.dataType, [...rowShape, ...(field.shape ?? [])], name === '' ? field.name : `${name}.${field.name}`);
    const pick = (rows: Uint8Array) => pickField(rows, dataType.itemsize, at, byteLength);
    return columns.map((column): ArrowColumn => ({ field: column.field, isAsStored: false, build: (rows, rowCount) => column.build(pick(rows), rowCount) }));
  });
}

function pickField(structs: Uint8Array, stride: number, byteOffset: number, byteLength: number): Uint8Array {
  const count = stride === 0 ? 0 : structs.byteLength / stride;
  const picked = new Uint8Array(count * byteLength);
  for (let i = 0; i < count; i++) picked.set(structs.subarray(i * stride + byteOffset, i * stride + byteOffset + byteLength), i * byteLength);
  return picked;
}

function leafColumn(name: string, type: ScalarType, rowShape: readonly number[]): ArrowColumn {
  const isScalar = rowShape.length === 0;
  const leaf = leafOf(type, isScalar);
  const shape = [...rowShape, ...leaf.axes];
  const metadata = new Map([['numpy.dtype', formatScalarType(type)]]);
  if (shape.length === 0) {
    return { field: new Field(name, leaf.type, leaf.isNullable, metadata), isAsStored: leaf.isAsStored, build: (rows, rowCount) => leaf.build(rows, rowCount) };
  }
  const listType = new FixedSizeList(elementCount(shape), new Field('item', leaf.type, false));
  return {
    field: new Field(name, listType, false, leaf.isNumeric ? withTensor(metadata, shape) : metadata),
    isAsStored: leaf.isAsStored,
    build: (rows, rowCount) => makeData({ type: listType, length: rowCount, nullCount: 0, child: leaf.build(rows, rowCount * elementCount(shape)) } as never),
  };
}

/** Arrow, "Canonical extension types", arrow.fixed_shape_tensor. */
function withTensor(metadata: ReadonlyMap<string, string>, shape: readonly number[]): Map<string, string> {
  return new Map([...metadata, ['ARROW:extension:name', 'arrow.fixed_shape_tensor'], ['ARROW:extension:metadata', JSON.stringify({ shape })]]);
}

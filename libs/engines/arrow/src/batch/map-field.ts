import { Field, FixedSizeList, LargeList, List, Map_, Struct, Type, type DataType } from 'apache-arrow';

/** The field with every type in it that has no children exchanged; the same object if none is. */
export function mapField(field: Field, exchange: (type: DataType) => DataType): Field {
  const type = mapType(field.type, exchange);
  return type === field.type ? field : new Field(field.name, type, field.nullable, field.metadata);
}

function mapType(type: DataType, exchange: (type: DataType) => DataType): DataType {
  const before = type.children as Field[] | null | undefined;
  if (!before?.length || type.typeId === Type.Union || type.typeId === Type.Dictionary) return exchange(type);
  const children = before.map((child) => mapField(child, exchange));
  if (children.every((child, i) => child === before[i])) return type;
  switch (type.typeId) {
    case Type.List:
      return new List(children[0]!);
    case Type.LargeList:
      return new LargeList(children[0]!);
    case Type.FixedSizeList:
      return new FixedSizeList((type as FixedSizeList).listSize, children[0]!);
    case Type.Map:
      return new Map_(children[0]! as never, (type as Map_).keysSorted);
    default:
      return new Struct(children as never);
  }
}

// Which nodes and buffers of a batch belong to which top-level column (Arrow columnar format,
// "Recordbatch message": both lists are the columns' trees flattened, depth first).
import { DataType, Type, UnionMode, type Field, type Union } from 'apache-arrow';
import { damaged } from './damaged.ts';
import type { BatchHeader } from './message.ts';

/** Positions in the three flat lists of a batch header. */
export interface Cursor {
  node: number;
  buffer: number;
  view: number;
}

export interface FieldSpan {
  readonly field: Field;
  readonly start: Readonly<Cursor>;
  /** One past the column's last buffer. */
  readonly endBuffer: number;
}

/** Metadata version V4 is number 3; before V5 unions had a validity buffer. */
export const unionsHaveValidity = (metadataVersion: number) => metadataVersion < 4;

/** @throws TesseraError gone if the lists of the header are too short for the schema. */
export function spanFields(fields: readonly Field[], header: BatchHeader, metadataVersion: number): FieldSpan[] {
  const cursor: Cursor = { node: 0, buffer: 0, view: 0 };
  return fields.map((field) => {
    const start = { ...cursor };
    skip(field.type, cursor, header, metadataVersion);
    if (cursor.node > header.nodes.length || cursor.buffer > header.buffers.length) throw damaged('a record batch does not have all columns');
    return { field, start, endBuffer: cursor.buffer };
  });
}

function skip(type: DataType, cursor: Cursor, header: BatchHeader, metadataVersion: number): void {
  cursor.node += 1;
  if (DataType.isDictionary(type)) {
    cursor.buffer += 2;
    return;
  }
  switch (type.typeId) {
    case Type.Null:
      return;
    case Type.Utf8View:
    case Type.BinaryView:
      cursor.buffer += 2 + (header.viewBufferCounts[cursor.view++] ?? 0);
      return;
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      cursor.buffer += 3;
      return;
    case Type.Union:
      cursor.buffer += ((type as Union).mode === UnionMode.Dense ? 2 : 1) + (unionsHaveValidity(metadataVersion) ? 1 : 0);
      break;
    case Type.Struct:
    case Type.FixedSizeList:
      cursor.buffer += 1;
      break;
    default: // lists have offsets, the rest have values; both after validity
      cursor.buffer += 2;
  }
  for (const child of type.children ?? []) skip(child.type, cursor, header, metadataVersion);
}

// Lists, structs, maps and unions: JSON in every format of text.
import type { Data } from '@tessera/arrow';
import { Type, type FixedSizeList, type Struct, type Union } from 'apache-arrow';
import { jsonFormat } from './json-format.ts';
import type { CellWriter, TextFormat } from './text-format.ts';
import { TextSink } from './text-sink.ts';
import { uniqueNames } from './unique-names.ts';

export function isNested(typeId: Type): boolean {
  return [Type.List, Type.LargeList, Type.FixedSizeList, Type.Map, Type.Struct, Type.Union].includes(typeId);
}

/** Makes the writer of what is inside: that of every cell, which itself writes nested ones by this. */
export type WriterOf = (data: Data, sink: TextSink, format: TextFormat) => CellWriter;

/** A map is a list of structs of `key` and `value`, for its keys may be of any type, and in any order. */
export function nestedWriter(data: Data, sink: TextSink, format: TextFormat, writerOf: WriterOf): CellWriter {
  if (format.isJson) return jsonWriter(data, sink, writerOf);
  const inner = new TextSink();
  const write = jsonWriter(data, inner, writerOf);
  return (row) => {
    write(row);
    const bytes = inner.reuse();
    format.writeText(sink, bytes, 0, bytes.byteLength);
  };
}

function jsonWriter(data: Data, sink: TextSink, writerOf: WriterOf): CellWriter {
  const items = data.children.map((child) => writerOf(child, sink, jsonFormat));
  const writeList = (start: number, end: number) => {
    sink.byte(91);
    for (let i = start; i < end; i++) {
      if (i > start) sink.byte(44);
      items[0]!(i);
    }
    sink.byte(93);
  };
  switch (data.typeId) {
    case Type.FixedSizeList: {
      const { listSize } = data.type as FixedSizeList;
      return (row) => writeList(row * listSize, (row + 1) * listSize);
    }
    case Type.Struct: {
      const keys = uniqueNames((data.type as Struct).children.map((field) => field.name ?? '')).map((name, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`));
      if (keys.length === 0) return () => sink.ascii('{}');
      return (row) => {
        for (let i = 0; i < keys.length; i++) {
          sink.append(keys[i]!);
          items[i]!(row);
        }
        sink.byte(125);
      };
    }
    case Type.Union: {
      const { typeIds, mode } = data.type as Union;
      const places = [...typeIds];
      const offsets = mode === 1 ? (data.valueOffsets as Int32Array | undefined) : undefined;
      return (row) => items[places.indexOf(data.typeIds[row]!)]!(offsets ? offsets[row]! : row);
    }
    default: {
      const offsets = data.valueOffsets as Int32Array as ArrayLike<number | bigint>;
      return (row) => writeList(Number(offsets[row]!), Number(offsets[row + 1]!));
    }
  }
}

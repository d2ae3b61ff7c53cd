// One JSON object a row, separated by newlines; the last row has none after it.
import type { TableExporter, TableSource } from '../exporter.ts';
import { columnWriters } from './column-writers.ts';
import { jsonFormat } from './json-format.ts';
import { TextSink } from './text-sink.ts';
import { uniqueNames } from './unique-names.ts';

export const jsonSeqExporter: TableExporter = { export: exportJsonSeq };

async function* exportJsonSeq(source: TableSource): AsyncGenerator<Uint8Array> {
  const keys = uniqueNames(source.schema.fields.map((field) => field.name ?? '')).map((name, i) => Buffer.from(`${i === 0 ? '' : ','}${JSON.stringify(name)}:`, 'utf8'));
  const sink = new TextSink();
  const writersOf = columnWriters(source, sink, jsonFormat);
  let isFirst = true;
  for await (const batch of source.batches) {
    const writers = writersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      sink.ascii(isFirst ? '{' : '\n{');
      isFirst = false;
      for (let i = 0; i < writers.length; i++) {
        sink.append(keys[i]!);
        writers[i]!(row);
      }
      sink.byte(125);
      if (sink.isFull) yield* sink.take();
    }
  }
  yield* sink.take();
}

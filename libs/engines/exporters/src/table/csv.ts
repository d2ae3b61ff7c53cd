// CSV by RFC 4180 with LF line ends, values as pandas writes them. `;header=absent` leaves out the names.
// An empty text is quoted and what is missing is not there: readers that look can tell them apart.
import type { TableExporter, TableSource } from '../exporter.ts';
import { columnWriters } from './column-writers.ts';
import type { TextFormat } from './text-format.ts';
import { TextSink } from './text-sink.ts';

const quote = 34;
const comma = 44;
const lineFeed = 10;
const carriageReturn = 13;

export const csvExporter: TableExporter = {
  export: (source, { mediaType }) => exportCsv(source, !/;\s*header\s*=\s*"?absent"?\s*(;|$)/i.test(mediaType)),
};

const csvFormat: TextFormat = { isJson: false, quote: '', writeText, missing: () => '' };

async function* exportCsv(source: TableSource, hasHeader: boolean): AsyncGenerator<Uint8Array> {
  const sink = new TextSink();
  const names = source.schema.fields.map((field) => Buffer.from(field.name ?? '', 'utf8'));
  if (hasHeader) {
    names.forEach((name, i) => {
      if (i > 0) sink.byte(comma);
      writeText(sink, name, 0, name.byteLength);
    });
    sink.byte(lineFeed);
  }
  const writersOf = columnWriters(source, sink, csvFormat);
  for await (const batch of source.batches) {
    const writers = writersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const start = sink.at;
      for (let i = 0; i < writers.length; i++) {
        if (i > 0) sink.byte(comma);
        writers[i]!(row);
      }
      // An empty line would be no record at all.
      if (sink.at === start && writers.length === 1) sink.ascii('""');
      sink.byte(lineFeed);
      if (sink.isFull) yield* sink.take();
    }
  }
  yield* sink.take();
}

function writeText(sink: TextSink, utf8: Uint8Array, start: number, end: number): void {
  sink.reserve((end - start) * 2 + 2);
  const { bytes, at } = sink;
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = utf8[i]!;
    if (byte === quote || byte === comma || byte === lineFeed || byte === carriageReturn) return writeQuoted(sink, utf8, start, end);
    bytes[to++] = byte;
  }
  if (start === end) return writeQuoted(sink, utf8, start, end);
  sink.at = to;
}

function writeQuoted(sink: TextSink, utf8: Uint8Array, start: number, end: number): void {
  const { bytes } = sink;
  let { at } = sink;
  bytes[at++] = quote;
  for (let i = start; i < end; i++) {
    const byte = utf8[i]!;
    if (byte === quote) bytes[at++] = quote;
    bytes[at++] = byte;
  }
  bytes[at++] = quote;
  sink.at = at;
}

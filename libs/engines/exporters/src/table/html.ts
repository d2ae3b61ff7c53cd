// An HTML table in the markup that pandas gives a data frame.
import { Type, type DataType } from 'apache-arrow';
import type { TableExporter, TableSource } from '../exporter.ts';
import { columnWriters } from './column-writers.ts';
import { writeEscaped } from './markup-text.ts';
import type { TextFormat } from './text-format.ts';
import { TextSink } from './text-sink.ts';

export const htmlExporter: TableExporter = { export: exportHtml };

const htmlFormat: TextFormat = { isJson: false, quote: '', writeText: writeEscaped, missing };

async function* exportHtml(source: TableSource): AsyncGenerator<Uint8Array> {
  const sink = new TextSink();
  sink.ascii('<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n');
  for (const { name } of source.schema.fields) {
    const bytes = Buffer.from(name ?? '', 'utf8');
    sink.ascii('      <th>');
    writeEscaped(sink, bytes, 0, bytes.byteLength);
    sink.ascii('</th>\n');
  }
  sink.ascii('    </tr>\n  </thead>\n  <tbody>\n');
  const writersOf = columnWriters(source, sink, htmlFormat);
  for await (const batch of source.batches) {
    const writers = writersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      sink.ascii('    <tr>\n');
      for (let i = 0; i < writers.length; i++) {
        sink.ascii('      <td>');
        writers[i]!(row);
        sink.ascii('</td>\n');
      }
      sink.ascii('    </tr>\n');
      if (sink.isFull) yield* sink.take();
    }
  }
  sink.ascii('  </tbody>\n</table>');
  yield* sink.take();
}

/** pandas' names for what is missing. */
function missing(type: DataType): string {
  if (type.typeId === Type.Float) return 'NaN';
  return type.typeId === Type.Timestamp || type.typeId === Type.Duration ? 'NaT' : '&lt;NA&gt;';
}

// An HTML table in the markup that pandas gives a data frame.
import { Type, type DataType } from 'apache-arrow';
import type { TableExporter, TableSource } from '../exporter.ts';
import { columnReaders } from './row-cells.ts';
import { TextPieces } from './text-pieces.ts';

export const htmlExporter: TableExporter = { export: exportHtml };

async function* exportHtml({ schema, batches }: TableSource): AsyncGenerator<Uint8Array> {
  const pieces = new TextPieces();
  const header = schema.fields.map((field) => `      <th>${escaped(field.name ?? '')}</th>\n`).join('');
  pieces.add(`<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n${header}    </tr>\n  </thead>\n  <tbody>\n`);
  const missing = schema.fields.map((field) => escaped(missingText(field.type)));
  const readersOf = columnReaders(schema, false);
  for await (const batch of batches) {
    const readers = readersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const cells = readers.map((read, i) => {
        const cell = read(row);
        return `      <td>${cell === undefined ? missing[i]! : escaped(cell.raw ?? cell.text!)}</td>\n`;
      });
      pieces.add(`    <tr>\n${cells.join('')}    </tr>\n`);
      if (pieces.isFull) yield pieces.take();
    }
  }
  pieces.add('  </tbody>\n</table>');
  yield pieces.take();
}

/** pandas' names for what is missing. */
function missingText(type: DataType): string {
  if (type.typeId === Type.Float) return 'NaN';
  return type.typeId === Type.Timestamp || type.typeId === Type.Duration ? 'NaT' : '<NA>';
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

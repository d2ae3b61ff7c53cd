// CSV by RFC 4180 with LF line ends, values as pandas writes them. `;header=absent` leaves out the names.
import type { TableExporter, TableSource } from '../exporter.ts';
import { columnReaders } from './row-cells.ts';
import { TextPieces } from './text-pieces.ts';

export const csvExporter: TableExporter = {
  export: (source, { mediaType }) => exportCsv(source, !/;\s*header\s*=\s*"?absent"?\s*(;|$)/i.test(mediaType)),
};

async function* exportCsv({ schema, batches }: TableSource, hasHeader: boolean): AsyncGenerator<Uint8Array> {
  const pieces = new TextPieces();
  if (hasHeader) pieces.add(line(schema.fields.map((field) => quoted(field.name ?? ''))));
  const readersOf = columnReaders(schema, false);
  for await (const batch of batches) {
    const readers = readersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      pieces.add(line(readers.map((read) => {
        const cell = read(row);
        return cell === undefined ? '' : quoted(cell.raw ?? cell.text!);
      })));
      if (pieces.isFull) yield pieces.take();
    }
  }
  yield pieces.take();
}

/** A line of one empty field is quoted: an empty line would be no record at all. */
function line(fields: readonly string[]): string {
  return fields.length === 1 && fields[0] === '' ? '""\n' : `${fields.join(',')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

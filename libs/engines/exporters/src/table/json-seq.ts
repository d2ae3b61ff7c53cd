// One JSON object a row, separated by newlines; the last row has none after it.
import type { TableExporter, TableSource } from '../exporter.ts';
import { jsonText } from './cell.ts';
import { columnReaders } from './row-cells.ts';
import { TextPieces } from './text-pieces.ts';

export const jsonSeqExporter: TableExporter = { export: exportJsonSeq };

async function* exportJsonSeq({ schema, batches }: TableSource): AsyncGenerator<Uint8Array> {
  const keys = schema.fields.map((field) => JSON.stringify(field.name ?? ''));
  const readersOf = columnReaders(schema, true);
  const pieces = new TextPieces();
  let isFirst = true;
  for await (const batch of batches) {
    const readers = readersOf(batch);
    for (let row = 0; row < batch.numRows; row++) {
      pieces.add(`${isFirst ? '' : '\n'}{${readers.map((read, i) => `${keys[i]!}:${jsonText(read(row))}`).join(',')}}`);
      isFirst = false;
      if (pieces.isFull) yield pieces.take();
    }
  }
  yield pieces.take();
}

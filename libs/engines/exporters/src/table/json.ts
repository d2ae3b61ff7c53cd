// JSON by columns: {"a":[1,2],"b":["x",null]}. Rows come in batches of all columns, so columns wait
// in memory as text; json-seq and Arrow have no such bound.
import { TesseraError } from '@tessera/domain';
import type { TableExporter, TableSource } from '../exporter.ts';
import { jsonText } from './cell.ts';
import { columnReaders } from './row-cells.ts';

const maxByteLength = 256 * 2 ** 20;
const pieceRowCount = 8192;

export const jsonExporter: TableExporter = { export: exportJson };

async function* exportJson({ schema, batches }: TableSource): AsyncGenerator<Uint8Array> {
  const columns: Buffer[][] = schema.fields.map(() => []);
  let byteLength = 0;
  const readersOf = columnReaders(schema, true);
  for await (const batch of batches) {
    readersOf(batch).forEach((read, i) => {
      for (let start = 0; start < batch.numRows; start += pieceRowCount) {
        const texts: string[] = [];
        for (let row = start; row < Math.min(start + pieceRowCount, batch.numRows); row++) texts.push(jsonText(read(row)));
        const piece = Buffer.from((columns[i]!.length > 0 ? ',' : '') + texts.join(','), 'utf8');
        columns[i]!.push(piece);
        byteLength += piece.byteLength;
        if (byteLength > maxByteLength) throw tooLarge();
      }
    });
  }
  yield* writeColumns(schema.fields.map((field) => field.name ?? ''), columns);
}

function* writeColumns(names: readonly string[], columns: readonly Buffer[][]): Generator<Uint8Array> {
  if (names.length === 0) yield Buffer.from('{}');
  for (const [i, name] of names.entries()) {
    yield Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:[`, 'utf8');
    yield* columns[i]!;
    yield Buffer.from(i === names.length - 1 ? ']}' : ']');
  }
}

function tooLarge(): TesseraError {
  return new TesseraError('too_large', `This table is more than ${maxByteLength / 2 ** 20} MiB of JSON. Ask for fewer columns or one partition, for application/json-seq, or for Arrow.`);
}

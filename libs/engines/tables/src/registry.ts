// Every table decoder by name; loaded when first used.
import { TesseraError } from '@tessera/domain';
import type { TableDecoder } from './table-decoder.ts';

export const tableDecoders = new Map<string, () => Promise<TableDecoder>>([
  ['arrow', () => import('./arrow/arrow-decoder.ts').then((module) => module.arrowDecoder)],
  ['arrow-flat', () => import('./arrow/flat-arrow-decoder.ts').then((module) => module.flatArrowDecoder)],
  ['csv', () => import('./csv/csv-decoder.ts').then((module) => module.csvDecoder)],
  ['jsonl', () => import('./jsonl/jsonl-decoder.ts').then((module) => module.jsonlDecoder)],
  ['parquet', () => import('./parquet/parquet-decoder.ts').then((module) => module.parquetDecoder)],
  ['sql', () => import('./sql/sql-decoder.ts').then((module) => module.sqlDecoder)],
  ['sql-source', () => import('./sql/sql-source-decoder.ts').then((module) => module.sqlSourceDecoder)],
  ['xlsx', () => import('./xlsx/xlsx-decoder.ts').then((module) => module.xlsxDecoder)],
]);

/** @throws TesseraError unsupported if there is none of this name. */
export function resolveTableDecoder(name: string): Promise<TableDecoder> {
  const load = tableDecoders.get(name);
  if (!load) throw new TesseraError('unsupported', `Tables stored as "${name}" cannot be read by this server.`);
  return load();
}

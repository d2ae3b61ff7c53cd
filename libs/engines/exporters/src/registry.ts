// Every media type that data can leave in, by structure family. An exporter is loaded when it is first asked for.
import { TesseraError } from '@tessera/domain';
import type { ArrayExporter, SparseExporter, TableExporter } from './exporter.ts';

/** Exporters by media type; loaded when first asked for. */
export type ExporterLoaders<Exporter> = ReadonlyMap<string, () => Promise<Exporter>>;

const separatedValues = () => import('./array/csv.ts').then((module) => module.csvExporter);

export const arrayExporters: ExporterLoaders<ArrayExporter> = new Map([
  ['application/octet-stream', () => import('./array/octet-stream.ts').then((module) => module.octetStreamExporter)],
  ['application/json', () => import('./array/json.ts').then((module) => module.jsonExporter)],
  ['text/csv', separatedValues],
  ['text/x-comma-separated-values', separatedValues],
  ['text/plain', separatedValues],
  ['application/vnd.ms-excel', separatedValues],
  ['application/x-npy', () => import('./array/npy.ts').then((module) => module.npyExporter)],
  ['image/png', () => import('./array/png.ts').then((module) => module.pngExporter)],
  ['image/jpeg', () => import('./array/jpeg.ts').then((module) => module.jpegExporter)],
  ['image/tiff', () => import('./array/tiff.ts').then((module) => module.tiffExporter)],
  // Over Arrow Flight.
  ['application/vnd.apache.arrow.stream', () => import('./array/arrow/arrow-stream.ts').then((module) => module.arrowStreamExporter)],
  ['text/html', () => import('./array/html.ts').then((module) => module.htmlExporter)],
]);

const tableAsArrow = () => import('./table/arrow-file.ts').then((module) => module.arrowFileExporter);
const tableAsArrowStream = () => import('./table/arrow-stream.ts').then((module) => module.arrowStreamExporter);
const tableAsJson = () => import('./table/json.ts').then((module) => module.jsonExporter);
const tableAsCsv = () => import('./table/csv.ts').then((module) => module.csvExporter);

export const tableExporters: ExporterLoaders<TableExporter> = new Map([
  ['application/vnd.apache.arrow.file', tableAsArrow],
  ['application/vnd.apache.arrow.stream', tableAsArrowStream],
  ['application/x-parquet', () => import('./table/parquet/parquet.ts').then((module) => module.parquetExporter)],
  ['text/csv', tableAsCsv],
  ['text/x-comma-separated-values', tableAsCsv],
  ['text/plain', tableAsCsv],
  ['application/vnd.ms-excel', tableAsCsv],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', () => import('./table/xlsx/xlsx.ts').then((module) => module.xlsxExporter)],
  ['text/html', () => import('./table/html.ts').then((module) => module.htmlExporter)],
  ['application/json', tableAsJson],
  ['application/json-seq', () => import('./table/json-seq.ts').then((module) => module.jsonSeqExporter)],
]);

export const sparseExporters: ExporterLoaders<SparseExporter> = new Map([
  ['application/vnd.apache.arrow.file', tableAsArrow],
  ['application/vnd.apache.arrow.stream', tableAsArrowStream],
  ['application/json', tableAsJson],
]);

/** @throws TesseraError not_acceptable if arrays do not leave in this media type. */
export function resolveArrayExporter(mediaType: string, exporters = arrayExporters): Promise<ArrayExporter> {
  return resolveExporter(exporters, mediaType);
}

/** @throws TesseraError not_acceptable if tables do not leave in this media type. */
export function resolveTableExporter(mediaType: string): Promise<TableExporter> {
  return resolveExporter(tableExporters, mediaType);
}

/** @throws TesseraError not_acceptable if sparse arrays do not leave in this media type. */
export function resolveSparseExporter(mediaType: string): Promise<SparseExporter> {
  return resolveExporter(sparseExporters, mediaType);
}

async function resolveExporter<Exporter>(registry: ExporterLoaders<Exporter>, mediaType: string): Promise<Exporter> {
  const base = mediaType.split(';', 1)[0]!.trim();
  const load = registry.get(base);
  if (load) return load();
  throw new TesseraError(
    'not_acceptable',
    `None of the media types requested by the client are supported. Supported: ${[...registry.keys()].join(', ')}. Requested: ${mediaType}.`,
  );
}

import type { StructureFamily } from './structure.ts';

/** Part of every tag: grows when the exporters write other bytes for the same data. */
export const exportersVersion = '5';

/** In one file, a tree or an array: written by exporters of trees, if a server has them. */
export const treeMediaTypes = ['application/x-hdf5', 'application/zip'] as const;

/** Media types that the exporters offer, by family; the first is the default. */
export const mediaTypesByFamily = {
  array: ['application/octet-stream', 'application/json', 'text/csv', 'text/x-comma-separated-values', 'text/plain', 'application/vnd.ms-excel', 'application/x-npy', 'image/png', 'image/jpeg', 'image/tiff', 'text/html', 'application/x-hdf5', 'application/zip'],
  table: ['application/vnd.apache.arrow.file', 'application/vnd.apache.arrow.stream', 'application/x-parquet', 'text/csv', 'text/x-comma-separated-values', 'text/plain', 'application/vnd.ms-excel', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/html', 'application/json', 'application/json-seq', 'application/x-hdf5', 'application/zip'],
  sparse: ['application/vnd.apache.arrow.file', 'application/vnd.apache.arrow.stream', 'application/json', 'application/x-hdf5', 'application/zip'],
  container: ['application/x-hdf5', 'application/json', 'application/zip'],
} as const satisfies Partial<Record<StructureFamily, readonly string[]>>;

export type ExportableFamily = keyof typeof mediaTypesByFamily;

/** What a server offers: the tables of this file, and what plug-ins add. */
export interface OfferedMediaTypes {
  readonly byFamily: Readonly<Record<ExportableFamily, readonly string[]>>;
  readonly aliases: Readonly<Record<string, readonly string[]>>;
}

/** Short names that may stand for a media type in `?format=`. */
export const mediaTypeAliases: Readonly<Record<string, readonly string[]>> = {
  'application/octet-stream': ['bin'],
  'application/json': ['json'],
  'application/json-seq': ['jsonl', 'ndjson'],
  'text/csv': ['csv'],
  'text/plain': ['text', 'txt'],
  'text/html': ['html', 'htm', 'shtml'],
  'application/x-npy': ['npy'],
  'image/png': ['png'],
  'image/jpeg': ['jpeg', 'jpg'],
  'image/tiff': ['tiff', 'tif'],
  'application/vnd.ms-excel': ['xls', 'xlb', 'xlm', 'xla', 'xlc', 'xlt', 'xlw'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx', 'xslx'],
  'application/vnd.apache.arrow.file': ['arrow', 'feather'],
  'application/vnd.apache.arrow.stream': ['arrows', 'arrow-stream'],
  'application/x-parquet': ['parquet'],
  'application/x-hdf5': ['h5', 'hdf5'],
  'application/zip': ['zip', 'zarr', 'zarr.zip'],
};

/** What a server without plug-ins offers. */
export const builtInMediaTypes: OfferedMediaTypes = { byFamily: mediaTypesByFamily, aliases: mediaTypeAliases };

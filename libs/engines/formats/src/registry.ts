import type { Format } from '@tessera/domain';

/** Every format by name, in the order in which they are asked whether a file is theirs; loaded when first used. */
export const formats = new Map<string, () => Promise<Format>>([
  ['zarr', () => import('./zarr/zarr.format.ts').then((m) => m.zarrFormat)],
  ['netcdf', () => import('./netcdf/netcdf.format.ts').then((m) => m.netcdfFormat)],
  ['hdf5', () => import('./hdf5/hdf5.format.ts').then((m) => m.hdf5Format)],
  ['npy', () => import('./npy/npy.format.ts').then((m) => m.npyFormat)],
  ['tiff', () => import('./tiff/tiff.format.ts').then((m) => m.tiffFormat)],
  ['npz', () => import('./npz/npz.format.ts').then((m) => m.npzFormat)],
  ['png', () => import('./image/png.format.ts').then((m) => m.pngFormat)],
  ['jpeg', () => import('./image/jpeg.format.ts').then((m) => m.jpegFormat)],
  ['xlsx', () => import('./xlsx/xlsx.format.ts').then((m) => m.xlsxFormat)],
  ['sqlite', () => import('./sql/database.format.ts').then((m) => m.sqliteFormat)],
  ['duckdb', () => import('./sql/database.format.ts').then((m) => m.duckdbFormat)],
  ['sql-source', () => import('./sql/sql-source.format.ts').then((m) => m.sqlSourceFormat)],
  ['parquet-folder', () => import('./table-folder/table-folder.format.ts').then((m) => m.parquetFolderFormat)],
  ['arrow-folder', () => import('./table-folder/table-folder.format.ts').then((m) => m.arrowFolderFormat)],
  ['csv-folder', () => import('./table-folder/table-folder.format.ts').then((m) => m.csvFolderFormat)],
  ['jsonl-folder', () => import('./table-folder/table-folder.format.ts').then((m) => m.jsonlFolderFormat)],
  ['parquet', () => import('./parquet/parquet.format.ts').then((m) => m.parquetFormat)],
  ['arrow-stream', () => import('./arrow/arrow-stream.format.ts').then((m) => m.arrowStreamFormat)],
  ['arrow', () => import('./arrow/arrow.format.ts').then((m) => m.arrowFormat)],
  ['csv', () => import('./csv/csv.format.ts').then((m) => m.csvFormat)],
  ['jsonl', () => import('./jsonl/jsonl.format.ts').then((m) => m.jsonlFormat)],
]);

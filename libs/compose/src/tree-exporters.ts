import type { Catalog, Reader, TreeExporter } from '@tessera/domain';
import { Hdf5Exporter, ZipExporter, defaultTreeLimits } from '@tessera/exporters';
import { ZarrV3Members } from '@tessera/zarr';
import type { Config } from './config.ts';

/** What whole trees leave as: one HDF5 file, or a Zarr store in a ZIP file. */
export function treeExporters({ catalog, reader }: { readonly catalog: Catalog; readonly reader: Reader }, { http }: Config): ReadonlyMap<string, TreeExporter> {
  // Readers refuse to give more than this at a time.
  const partByteLength = Math.min(defaultTreeLimits.partByteLength, http.responseByteLimit);
  return new Map<string, TreeExporter>([
    ['application/x-hdf5', new Hdf5Exporter(catalog, reader, { partByteLength })],
    ['application/zip', new ZipExporter(new ZarrV3Members(catalog, reader))],
  ]);
}

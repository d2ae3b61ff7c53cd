export * from './exporter.ts';
export * from './registry.ts';
export { Hdf5Exporter } from './tree/hdf5/hdf5.exporter.ts';
export { defaultTreeLimits, type TreeLimits } from './tree/plan-tree.ts';
export { ZipExporter, type MemberSource } from './tree/zip/zip.exporter.ts';
export type { ZipMember } from './tree/zip/zip-file.ts';

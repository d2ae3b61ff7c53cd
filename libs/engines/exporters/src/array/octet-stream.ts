import type { ArrayExporter } from '../exporter.ts';

/** The bytes as they are: C order, the declared type and byte order, no header. */
export const octetStreamExporter: ArrayExporter = {
  export: (source) => source.bytes,
};

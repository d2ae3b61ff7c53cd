import { writeIpcFile } from '@tessera/arrow';
import type { TableExporter } from '../exporter.ts';

export const arrowFileExporter: TableExporter = {
  export: ({ schema, batches }) => writeIpcFile(schema, batches),
};

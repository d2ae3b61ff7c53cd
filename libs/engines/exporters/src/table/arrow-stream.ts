import { writeIpcStream } from '@tessera/arrow';
import type { TableExporter } from '../exporter.ts';

export const arrowStreamExporter: TableExporter = {
  export: ({ schema, batches }) => writeIpcStream(schema, batches),
};

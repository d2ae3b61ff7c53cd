import type { DataType } from '../structure/data-type.ts';
import type { Call } from './call.ts';

/** An array on its way out. `bytes` is in C order, in the type's own byte order, cut anywhere. */
export interface ArraySource {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ExportOptions {
  /** As asked for, with its parameters: `text/csv;header=absent`. */
  readonly mediaType: string;
  readonly call?: Call | undefined;
}

/**
 * Turns data into a media type, in order, in bounded pieces. `export` itself throws
 * what can be known before any data are read.
 * @throws TesseraError not_acceptable if this data does not fit the media type, too_large if it is more than it may carry.
 */
export interface Exporter<Source> {
  export(source: Source, options: ExportOptions): AsyncIterable<Uint8Array>;
}

export type ArrayExporter = Exporter<ArraySource>;

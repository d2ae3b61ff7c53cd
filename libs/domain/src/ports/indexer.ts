import type { JsonObject, NodeDraft } from '../node/node.ts';
import type { Call } from './call.ts';

/** Files of one folder whose names differ in a running number, in ascending order of it. */
export interface FileSeries {
  /** The name of a file: prefix, number with zeros up to `width` digits, suffix; as in URIs, percent-encoded. */
  readonly prefix: string;
  readonly suffix: string;
  readonly width: number;
  readonly numbers: readonly number[];
  /** Of each file, as it was listed; NaN = not known. */
  readonly byteLengths: readonly number[];
  readonly modifiedAtMs: readonly number[];
  /** Absent if the store has none. */
  readonly etags?: readonly string[];
  /** What was made of these files before: those that are as they were then are not opened. */
  readonly previous?: { readonly manifestId: string; readonly metadata: JsonObject };
}

/** What to index: a file, a folder that is one node (a zarr array or group), or files of a folder to be stacked. */
export interface IndexRequest {
  readonly uri: string;
  /** Of the folder `uri`, to become one array with a new first axis. */
  readonly series?: FileSeries;
  /** Known or assumed media type; found out from name and content if absent. */
  readonly mediaType?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Turns files into nodes and manifests. */
export interface Indexer {
  /**
   * The nodes of a file, parents first; manifests are stored by the time a draft is yielded. Of a series one node, whose
   * assets are left to the caller, who has them; none if the files do not make one array.
   * @throws TesseraError unsupported_media_type if no format reads it, gone if it is damaged.
   */
  index(request: IndexRequest, call?: Call): AsyncIterable<NodeDraft>;
  /** The media type a format would read this as; undefined if none does. */
  identify(uri: string, isDirectory: boolean, call?: Call): Promise<string | undefined>;
}

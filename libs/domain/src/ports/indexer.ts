import type { NodeDraft } from '../node/node.ts';
import type { Call } from './call.ts';

/** What to index: a file, or a folder that is one node (a zarr array or group). */
export interface IndexRequest {
  readonly uri: string;
  /** Known or assumed media type; found out from name and content if absent. */
  readonly mediaType?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Turns files into nodes and manifests. */
export interface Indexer {
  /**
   * The nodes of a file, parents first; manifests are stored by the time a draft is yielded.
   * @throws TesseraError unsupported_media_type if no format reads it, gone if it is damaged.
   */
  index(request: IndexRequest, call?: Call): AsyncIterable<NodeDraft>;
  /** The media type a format would read this as; undefined if none does. */
  identify(uri: string, isDirectory: boolean, call?: Call): Promise<string | undefined>;
}

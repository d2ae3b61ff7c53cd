import type { Manifest } from '../manifest/manifest.ts';
import type { Source } from '../manifest/indexed-source.ts';
import type { DataSourceDraft, NodeDraft } from '../node/node.ts';
import type { ByteStore, Entry } from './byte-store.ts';
import type { Call } from './call.ts';

/** A node as a format finds it: with its manifest in hand, which the indexer then stores and names. */
export interface IndexedNode extends Omit<NodeDraft, 'manifestId' | 'dataSource'> {
  readonly manifest?: Manifest;
  /** Of the first node only. */
  readonly dataSource?: DataSourceDraft;
}

/** Knows one kind of file. Runs when data is registered; is not loaded to read. */
export interface Format {
  readonly name: string;
  /** The first is the one it gives. */
  readonly mediaTypes: readonly string[];
  /** Endings of file names, in lower case, that promise this format: a file of such a name that nobody takes is broken, and is reported so. */
  readonly suffixes?: readonly string[];
  /** Files whose names differ in a running number become one array, if each of them is one of the same shape and type. */
  readonly isStacked?: boolean;
  /** Whether it takes this file or folder, from its name and first bytes. `head` is empty for folders. */
  sniff(entry: Entry, head: Uint8Array, store: ByteStore): Promise<boolean> | boolean;
  /**
   * Nodes, parents first; the first has the empty path. A part that cannot be read is a node with a
   * `problem` beside its readable neighbours; only a file that cannot be read at all throws (`gone`).
   */
  index(entry: Entry, store: ByteStore, parameters: Readonly<Record<string, unknown>>, call?: Call): AsyncIterable<IndexedNode>;
  /**
   * What tells a changed file from an unchanged one, equal to the facts of the asset that `index` gives, without
   * opening more than needed. Absent = the entry's own length and time.
   */
  fingerprint?(entry: Entry, store: ByteStore, call?: Call): Promise<Source>;
}

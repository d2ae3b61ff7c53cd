import type { Source } from '../manifest/indexed-source.ts';
import type { Structure } from '../structure/structure.ts';
import type { NodePath } from './node-path.ts';

export interface Spec {
  readonly name: string;
  readonly version?: string;
}

/** JSON values that metadata is made of. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A file or object that a data source is read from. */
export interface Asset {
  readonly id: number;
  readonly uri: string;
  readonly isDirectory: boolean;
  readonly byteLength?: number;
  /** Keyword under which the reader takes it, and its place in a list. */
  readonly parameter?: string;
  readonly ordinal?: number;
}

export interface DataSource {
  readonly id: number;
  readonly mediaType: string;
  readonly parameters: JsonObject;
  readonly properties: JsonObject;
  readonly management: 'external' | 'immutable' | 'locked' | 'writable';
  readonly assets: readonly Asset[];
}

/** An entry of the catalog. */
export interface Node {
  readonly id: number;
  /** Id of the container it is in; absent for the root. */
  readonly parentId?: number;
  readonly path: NodePath;
  readonly structure: Structure;
  readonly metadata: JsonObject;
  readonly specs: readonly Spec[];
  /** Names the manifest its data are read by; absent for containers. */
  readonly manifestId?: string;
  /** Why it cannot be read: a broken link, a corrupt file. Such a node is a key without data. */
  readonly problem?: string;
  /** It lies inside a file, below the node that the file was registered as: not to be changed by itself. */
  readonly insideFile: boolean;
  /** Of containers, when asked for: number of children. */
  readonly childCount?: number;
  readonly dataSources?: readonly DataSource[];
  /** Grows with each change of the node. */
  readonly revision: number;
}

/** A node as a format describes it, not yet in a catalog. `path` counts from the registered node. */
export interface NodeDraft {
  readonly path: NodePath;
  readonly structure: Structure;
  readonly metadata: JsonObject;
  readonly specs: readonly Spec[];
  readonly manifestId?: string;
  readonly problem?: string;
  readonly dataSource?: DataSourceDraft;
}

export interface DataSourceDraft {
  readonly mediaType: string;
  readonly parameters?: JsonObject;
  readonly properties?: JsonObject;
  readonly management: DataSource['management'];
  readonly assets: readonly (Source & { readonly isDirectory: boolean; readonly parameter?: string; readonly ordinal?: number })[];
}

import type { Catalog, Identity, OfferedMediaTypes, Reader, Search, TreeExporter } from '@tessera/domain';

/** What front doors log with; a pino logger is one. */
export interface HttpLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether a level is written at all, where the logger can tell. */
  isLevelEnabled?(level: string): boolean;
}

/** Whether one thing this server depends on answers. */
export interface DependencyState {
  readonly ok: boolean;
  /** Most requests can be answered without it. */
  readonly optional?: boolean;
  readonly detail?: string;
}

export interface HttpOptions {
  /** Scheme and host of every link, e.g. `https://data.example.org`; otherwise taken from each request. */
  readonly baseUrl?: string;
  /** Path that a proxy puts before ours, e.g. `/data`; links carry it, requests may. */
  readonly rootPath?: string;
  /** Most bytes of decoded data that one response may carry. */
  readonly responseByteLimit: number;
  /** In which data leave; absent = the built-in ones. */
  readonly mediaTypes?: OfferedMediaTypes;
  /** Tells plug-ins from those of another version; absent = there are none. */
  readonly pluginsVersion?: string;
  /** Media types that whole trees, and arrays, leave in as one file. */
  readonly treeExporters?: ReadonlyMap<string, TreeExporter>;
  /** Origins whose scripts may read answers; compared exactly, but for `*`, which is any. */
  readonly allowOrigins: readonly string[];
  readonly readiness: () => Promise<Readonly<Record<string, DependencyState>>>;
  readonly logger: HttpLogger;
  /** How long the beginning of an answer is worth waiting for, milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long an answer may stand still, neither made nor taken, milliseconds. */
  readonly stallTimeoutMs?: number;
  /** How long running requests may take to finish once the server closes, milliseconds. */
  readonly drainTimeoutMs?: number;
}

export interface Ports {
  readonly catalog: Catalog;
  readonly search: Search;
  readonly reader: Reader;
  readonly identity: Identity;
}

/** Longest request target, in bytes; a longer one is answered with 414. */
export const maxUrlByteLength = 16 * 1024;
/** Longest request body of the reading routes, in bytes. */
export const maxBodyByteLength = 2 ** 20;
export const defaultRequestTimeoutMs = 5 * 60_000;
export const defaultStallTimeoutMs = 2 * 60_000;
export const defaultDrainTimeoutMs = 25_000;

/** A file or object that a manifest points into, with what was known of it when it was indexed. */
export interface Source {
  readonly uri: string;
  readonly byteLength?: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs?: number;
  readonly etag?: string;
}

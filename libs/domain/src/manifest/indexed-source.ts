/** A file or object that a manifest points into, with what was known of it when it was indexed. */
export interface Source {
  readonly uri: string;
  readonly byteLength?: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs?: number;
  readonly etag?: string;
  /** A writer adds to the file and leaves what it has written where it is (HDF5's SWMR): longer and newer, it is still the same file. */
  readonly isAppended?: boolean;
  /** It was not there. Data that may come are left out until a look finds that they came. */
  readonly isAbsent?: boolean;
}

import type { ArrayExporter, CodecLoaders, Format, OfferedMediaTypes } from '@tessera/domain';

/** What a process reads and writes with: what is built in, and what plug-ins add to it. */
export interface Engines {
  /** In the order in which they are asked whether a file is theirs. */
  readonly formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly codecs: CodecLoaders;
  /** By media type. */
  readonly arrayExporters: ReadonlyMap<string, () => Promise<ArrayExporter>>;
  readonly mediaTypes: OfferedMediaTypes;
}

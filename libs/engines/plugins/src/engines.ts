import type { ArrayExporter, CodecLoaders, Format, OfferedMediaTypes } from '@tessera/domain';

/** What a process reads and writes with: what is built in, and what plug-ins add to it. */
export interface Engines {
  /** In the order in which they are asked whether a file is theirs. */
  readonly formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly codecs: CodecLoaders;
  /** By media type. */
  readonly arrayExporters: ReadonlyMap<string, () => Promise<ArrayExporter>>;
  readonly mediaTypes: OfferedMediaTypes;
  /** The plug-ins that bring codecs, for threads to load them anew; they can be cloned. */
  readonly codecPlugins: readonly CodecPlugin[];
  /** Another one as soon as a plug-in has another version; empty without plug-ins. */
  readonly pluginsVersion: string;
}

/** A plug-in that is loaded, and the codecs that are taken from it. */
export interface CodecPlugin {
  /** As it is named in the configuration. */
  readonly plugin: string;
  /** Of its module. */
  readonly url: string;
  /** Of its package and module as they were loaded. */
  readonly version: string;
  readonly codecs: readonly string[];
}

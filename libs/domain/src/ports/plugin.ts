import type { Codec } from './codec.ts';
import type { ArrayExporter } from './exporter.ts';
import type { Format } from './format.ts';

/** Of the interfaces that plug-ins build on. It grows when a plug-in that was written before would no longer work. */
export const pluginApiVersion = 1;

/** What the module of a plug-in exports. */
export interface Plugin {
  /** The version of the interfaces that it was written for. */
  readonly apiVersion: number;
  /** Called once in each process, before anything is served, and again in each of its threads that needs a codec of it. */
  register(registry: PluginRegistry): void | Promise<void>;
}

/** Takes what a plug-in brings. Every `add` throws a TesseraError conflict for a name that is taken. */
export interface PluginRegistry {
  /** Formats of plug-ins are asked before the built-in ones whether a file is theirs. */
  readonly formats: Additions<Format>;
  readonly codecs: Additions<Codec>;
  readonly exporters: Additions<ExporterRegistration>;
}

export interface Additions<Item> {
  add(item: Item, options?: AddOptions): void;
}

export interface AddOptions {
  /** It takes the place of what is built in under that name; without it, a name that is taken is an error. */
  readonly replace?: boolean;
}

/** A media type in which arrays leave. */
export interface ExporterRegistration {
  readonly family: 'array';
  /** In lower case, without parameters: `application/x-cbf`. */
  readonly mediaType: string;
  /** Short names that may stand for it in `?format=`. */
  readonly aliases?: readonly string[];
  readonly exporter: ArrayExporter;
}

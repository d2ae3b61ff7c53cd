// Plug-ins and what is built in become one set of engines. A name that is taken is a problem unless it is said to be replaced.
import { hash } from 'node:crypto';
import type { ArrayExporter, Codec, Format } from '@tessera/domain';
import type { CodecPlugin, Engines } from './engines.ts';
import type { FaultReporter } from './fault.ts';
import { guardCodec } from './guard-codec.ts';
import { guardExporter } from './guard-exporter.ts';
import { guardFormat } from './guard-format.ts';
import type { LoadedPlugin } from './load-plugin.ts';

/** Who has a name: a plug-in, or absent = it is built in. */
type Owners = Map<string, string | undefined>;

/** Engines to which plug-ins are added one after the other. */
export class EngineSet {
  readonly #builtIn: Engines;
  readonly #formats = new Map<string, Format>();
  readonly #codecs = new Map<string, () => Promise<Codec>>();
  readonly #exporters = new Map<string, () => Promise<ArrayExporter>>();
  readonly #aliases = new Map<string, readonly string[]>();
  readonly #formatOwners: Owners;
  readonly #codecOwners: Owners;
  readonly #exporterOwners: Owners;
  /** Of media types that files are known by, and of short names that outputs are asked for by. */
  readonly #fileTypeOwners: Owners = new Map();
  readonly #plugins: Omit<CodecPlugin, 'codecs'>[] = [];
  readonly #aliasOwners: Owners;

  private constructor(builtIn: Engines) {
    this.#builtIn = builtIn;
    const owned = (names: Iterable<string>): Owners => new Map([...names].map((name) => [name, undefined]));
    this.#formatOwners = owned(builtIn.formats.keys());
    this.#codecOwners = owned(builtIn.codecs.keys());
    this.#exporterOwners = owned(builtIn.arrayExporters.keys());
    this.#aliasOwners = owned(builtIn.mediaTypes.byFamily.array.flatMap((mediaType) => builtIn.mediaTypes.aliases[mediaType] ?? []));
  }

  static async open(builtIn: Engines): Promise<EngineSet> {
    const set = new EngineSet(builtIn);
    for (const load of builtIn.formats.values()) for (const mediaType of (await load()).mediaTypes) set.#fileTypeOwners.set(mediaType, undefined);
    return set;
  }

  /** Adds what does not clash, and says what does. */
  add({ registrations: { formats, codecs, exporters }, url, version }: LoadedPlugin, reporter: FaultReporter): string[] {
    const { plugin } = reporter;
    this.#plugins.push({ plugin, url, version });
    const problems: string[] = [];
    for (const { item, replace } of formats) {
      const clash = claim(this.#formatOwners, item.name, plugin, replace, 'format')
        ?? item.mediaTypes.map((mediaType) => claim(this.#fileTypeOwners, mediaType, plugin, replace && this.#fileTypeOwners.has(mediaType), 'media type')).find((one) => one !== undefined);
      if (clash !== undefined) problems.push(clash);
      else this.#formats.set(item.name, guardFormat(item, reporter));
    }
    for (const { item, replace } of codecs) {
      const clash = claim(this.#codecOwners, item.name, plugin, replace, 'codec');
      const guarded = guardCodec(item, reporter);
      if (clash !== undefined) problems.push(clash);
      else this.#codecs.set(item.name, async () => guarded);
    }
    for (const { item: { mediaType, aliases = [], exporter }, replace } of exporters) {
      const ownAliases = new Set(this.#builtIn.mediaTypes.aliases[mediaType] ?? []);
      const clash = claim(this.#exporterOwners, mediaType, plugin, replace, 'exporter of')
        ?? aliases.map((alias) => claim(this.#aliasOwners, alias, plugin, replace && ownAliases.has(alias), 'short name')).find((one) => one !== undefined);
      const guarded = guardExporter(exporter, mediaType, reporter);
      if (clash !== undefined) problems.push(clash);
      else {
        this.#exporters.set(mediaType, async () => guarded);
        this.#aliases.set(mediaType, aliases);
      }
    }
    return problems;
  }

  /** Formats of plug-ins come first: a facility's own kind of TIFF is asked before TIFF. */
  engines(): Engines {
    const { formats, codecs, arrayExporters, mediaTypes } = this.#builtIn;
    const builtInFormats = [...formats].filter(([name]) => !this.#formats.has(name));
    const array = [...mediaTypes.byFamily.array, ...[...this.#exporters.keys()].filter((mediaType) => !mediaTypes.byFamily.array.includes(mediaType))];
    return {
      formats: new Map([...[...this.#formats].map(([name, format]) => [name, async () => format] as const), ...builtInFormats]),
      codecs: new Map([...codecs, ...this.#codecs]),
      arrayExporters: new Map([...arrayExporters, ...this.#exporters]),
      mediaTypes: { byFamily: { ...mediaTypes.byFamily, array }, aliases: { ...mediaTypes.aliases, ...Object.fromEntries(this.#aliases) } },
      codecPlugins: this.#plugins.map((each) => ({ ...each, codecs: [...this.#codecs.keys()].filter((name) => this.#codecOwners.get(name) === each.plugin) })).filter((each) => each.codecs.length > 0),
      pluginsVersion: this.#plugins.length === 0 ? '' : hash('sha256', JSON.stringify(this.#plugins.map(({ plugin, version }) => [plugin, version])), 'hex').slice(0, 12),
    };
  }
}

/** Takes a name, or says why it cannot be had. */
function claim(owners: Owners, name: string, plugin: string, replace: boolean, what: string): string | undefined {
  if (!owners.has(name)) {
    if (replace) return `There is no ${what} "${name}" to replace: leave out { replace: true }.`;
  } else {
    const owner = owners.get(name);
    if (owner !== undefined) return owner === plugin ? `It adds the ${what} "${name}" twice.` : `The ${what} "${name}" is added by the plug-in "${owner}" already: use one of the two.`;
    if (!replace) return `The ${what} "${name}" is built in: choose another name, or add it with { replace: true } if it is to take that place.`;
  }
  owners.set(name, plugin);
  return undefined;
}

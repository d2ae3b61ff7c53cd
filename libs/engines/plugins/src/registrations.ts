import { TesseraError, type AddOptions, type Codec, type ExporterRegistration, type Format, type PluginRegistry } from '@tessera/domain';

/** What one plug-in added, in its order. */
export interface Registrations {
  readonly formats: readonly Addition<Format>[];
  readonly codecs: readonly Addition<Codec>[];
  readonly exporters: readonly Addition<ExporterRegistration>[];
}

export interface Addition<Item> {
  readonly item: Item;
  readonly replace: boolean;
}

const namePattern = /^[A-Za-z0-9][\w.-]{0,99}$/;
const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,99}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;
const codecKinds: readonly string[] = ['array-to-array', 'array-to-bytes', 'bytes-to-bytes'] satisfies Codec['kind'][];

/** A registry for one plug-in, and what was added to it. Each `add` throws for what is not made as it has to be. */
export function recordRegistrations(): { readonly registry: PluginRegistry; readonly registrations: Registrations } {
  const registrations = { formats: [] as Addition<Format>[], codecs: [] as Addition<Codec>[], exporters: [] as Addition<ExporterRegistration>[] };
  const adder = <Item>(list: Addition<Item>[], checkItem: (item: Item) => void) => ({
    add(item: Item, options: AddOptions = {}): void {
      checkItem(item);
      list.push({ item, replace: options.replace === true });
    },
  });
  return {
    registry: { formats: adder(registrations.formats, checkFormat), codecs: adder(registrations.codecs, checkCodec), exporters: adder(registrations.exporters, checkExporter) },
    registrations,
  };
}

function checkFormat(format: Format): void {
  checkName('format', format?.name);
  const what = `The format "${format.name}"`;
  check(Array.isArray(format.mediaTypes) && format.mediaTypes.length > 0 && format.mediaTypes.every(isMediaType), `${what} needs "mediaTypes", a list of media types in lower case such as "application/x-cbf".`);
  check(format.suffixes === undefined || (Array.isArray(format.suffixes) && format.suffixes.every((suffix) => /^\.[^/\sA-Z]+$/.test(suffix))), `${what} has "suffixes" that are no endings of file names in lower case such as ".cbf".`);
  check(typeof format.sniff === 'function' && typeof format.index === 'function', `${what} needs the functions "sniff" and "index".`);
}

function checkCodec(codec: Codec): void {
  checkName('codec', codec?.name);
  check(codecKinds.includes(codec.kind), `The codec "${codec.name}" needs a "kind": one of ${codecKinds.join(', ')}.`);
  check(typeof codec.resolve === 'function', `The codec "${codec.name}" needs the function "resolve".`);
}

function checkExporter(registration: ExporterRegistration): void {
  const { mediaType, family, aliases = [], exporter } = registration ?? {};
  check(isMediaType(mediaType), `An exporter needs a "mediaType" in lower case without parameters such as "application/x-cbf", not ${JSON.stringify(mediaType)}.`);
  check(family === 'array', `The exporter of ${mediaType} needs the "family" "array", the only one that plug-ins can write.`);
  check(Array.isArray(aliases) && aliases.every((alias) => typeof alias === 'string' && /^[a-z0-9][a-z0-9._+-]{0,31}$/.test(alias)), `The exporter of ${mediaType} has "aliases" that are no short names in lower case such as "cbf".`);
  check(typeof exporter?.export === 'function', `The exporter of ${mediaType} needs an "exporter" with the function "export".`);
}

function checkName(what: string, name: unknown): void {
  check(typeof name === 'string' && namePattern.test(name), `A ${what} needs a "name" of letters, digits, "_", "." and "-", not ${JSON.stringify(name)}.`);
}

const isMediaType = (value: unknown): boolean => typeof value === 'string' && mediaTypePattern.test(value);

function check(holds: boolean, message: string): void {
  if (!holds) throw new TesseraError('invalid_argument', message);
}

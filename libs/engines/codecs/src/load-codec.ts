import { TesseraError, type Codec, type CodecLoaders } from '@tessera/domain';
import { codecs as builtInCodecs } from './registry.ts';

/** numcodecs' own codecs carry this prefix in zarr v3 metadata. */
const numcodecsPrefix = 'numcodecs.';

/** The name a codec is registered by, whatever prefix the file spelled it with. */
export function codecName(name: string): string {
  return name.startsWith(numcodecsPrefix) ? name.slice(numcodecsPrefix.length) : name;
}

/** What loads the codec of that name; undefined if there is none. */
export function codecLoader(name: string, codecs: CodecLoaders): (() => Promise<Codec>) | undefined {
  // A plug-in may have a codec of just that name.
  return codecs.get(name) ?? codecs.get(codecName(name));
}

/** @throws TesseraError unsupported, naming the codec, if there is none of that name. */
export async function loadCodec(name: string, codecs: CodecLoaders = builtInCodecs): Promise<Codec> {
  const load = codecLoader(name, codecs);
  if (!load) throw new TesseraError('unsupported', `These data are encoded with "${name}", a codec this server cannot decode.`, { codec: name });
  return load();
}

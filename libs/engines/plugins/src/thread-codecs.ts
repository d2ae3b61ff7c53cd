import { TesseraError, type Codec, type CodecLoaders } from '@tessera/domain';
import type { CodecPlugin } from './engines.ts';
import { FaultReporter, type OnFault } from './fault.ts';
import { guardCodec } from './guard-codec.ts';
import { loadPlugin } from './load-plugin.ts';

/** The codecs that a thread decodes with: what is built in, and those of plug-ins, each of which is loaded with the first chunk that needs one of its codecs. */
export function threadCodecs(builtIn: CodecLoaders, plugins: readonly CodecPlugin[], onFault: OnFault): CodecLoaders {
  const all = new Map(builtIn);
  for (const plugin of plugins) {
    const reporter = new FaultReporter(plugin.plugin, onFault);
    let loading: Promise<ReadonlyMap<string, Codec>> | undefined;
    const load = () => (loading ??= loadCodecs(plugin, reporter).catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
    for (const name of plugin.codecs) all.set(name, async () => (await load()).get(name)!);
  }
  return all;
}

/** @throws TesseraError unavailable: the main thread could load the same module. */
async function loadCodecs({ plugin, url, version, codecs }: CodecPlugin, reporter: FaultReporter): Promise<ReadonlyMap<string, Codec>> {
  try {
    const loaded = await loadPlugin(url);
    if (loaded.version !== version) throw new Error(`it is version ${loaded.version}, but version ${version} was loaded when the server started: restart it`);
    const added = new Map(loaded.registrations.codecs.map(({ item }) => [item.name, item]));
    const missing = codecs.find((name) => !added.has(name));
    if (missing !== undefined) throw new Error(`it does not add the codec "${missing}" as it did when the server started`);
    return new Map(codecs.map((name) => [name, guardCodec(added.get(name)!, reporter)]));
  } catch (error) {
    reporter.tell('load in a codec thread', error);
    throw new TesseraError('unavailable', `The plug-in "${plugin}" could not be loaded to decode these data. The log of the server says why.`, { plugin }, { cause: error });
  }
}

import { dirname, resolve } from 'node:path';
import { codecs } from '@tessera/codecs';
import { builtInMediaTypes, TesseraError } from '@tessera/domain';
import { arrayExporters } from '@tessera/exporters';
import { loadPlugins, type Engines } from '@tessera/plugins';
import type { Config } from './config.ts';
import { formatsWithDemo } from './formats.ts';
import type { Logger } from './logger.ts';

const builtIn: Engines = { formats: formatsWithDemo, codecs, arrayExporters, mediaTypes: builtInMediaTypes, codecPlugins: [], pluginsVersion: '' };

/**
 * What this process reads and writes with: what is built in, and the plug-ins of the configuration. Those are looked for
 * from the folder of the configuration file, then from the working folder, then from the program's own.
 * @throws TesseraError invalid_argument that lists every problem with a plug-in.
 */
export async function loadEngines(config: Config, configFile: string | undefined, logger?: Logger): Promise<Engines> {
  const folders = [...(configFile === undefined ? [] : [dirname(resolve(configFile))]), process.cwd(), dirname(resolve(process.argv[1] ?? '.'))];
  const { engines, problems } = await loadPlugins(builtIn, {
    names: config.plugins,
    folders: [...new Set(folders)],
    onFault: (plugin, activity, error) => logger && logFault(logger, plugin, activity, error),
  });
  if (problems.length > 0) throw new TesseraError('invalid_argument', `The configuration is not valid:\n  ${problems.join('\n  ')}`, { problems });
  return engines;
}

/** Says in the log what a plug-in threw. */
export function logFault(logger: Logger, plugin: string, activity: string, error: unknown): void {
  logger.error({ err: error, plugin, activity }, 'a plug-in failed');
}

import { isTesseraError, TesseraError } from '@tessera/domain';
import { EngineSet } from './combine.ts';
import type { Engines } from './engines.ts';
import { FaultReporter, type OnFault } from './fault.ts';
import { loadPlugin } from './load-plugin.ts';
import { resolvePlugin } from './resolve-plugin.ts';
import { textOf } from './text-of.ts';

export interface PluginSettings {
  /** Names of packages, or paths. */
  readonly names: readonly string[];
  /** From which they are looked for, in this order. */
  readonly folders: readonly string[];
  readonly onFault: OnFault;
  /** How long a plug-in may take to load and register, milliseconds. */
  readonly timeoutMs?: number;
}

export interface LoadedPlugins {
  readonly engines: Engines;
  /** What keeps plug-ins from being used, each with the setting that it is about. */
  readonly problems: readonly string[];
}

/** Loads plug-ins and adds what they bring to what is built in. Never throws for a plug-in: all problems are told together. */
export async function loadPlugins(builtIn: Engines, { names, folders, onFault, timeoutMs }: PluginSettings): Promise<LoadedPlugins> {
  if (names.length === 0) return { engines: builtIn, problems: [] };
  const set = await EngineSet.open(builtIn);
  const problems: string[] = [];
  for (const [index, name] of names.entries()) {
    const at = `plugins.${index}: "${name}": `;
    try {
      if (names.indexOf(name) < index) throw new TesseraError('conflict', 'It is named twice.');
      const loaded = await loadPlugin(await resolvePlugin(name, folders), timeoutMs);
      problems.push(...set.add(loaded, new FaultReporter(name, onFault)).map((problem) => at + problem));
    } catch (error) {
      problems.push(at + reasonOf(error));
    }
  }
  return { engines: set.engines(), problems };
}

const reasonOf = (error: unknown): string => (isTesseraError(error) ? error.message : textOf(error));

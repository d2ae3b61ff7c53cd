import { isTesseraError, pluginApiVersion, TesseraError, type Plugin } from '@tessera/domain';
import { EngineSet } from './combine.ts';
import type { Engines } from './engines.ts';
import { FaultReporter, type OnFault } from './fault.ts';
import { recordRegistrations, type Registrations } from './registrations.ts';
import { resolvePlugin } from './resolve-plugin.ts';

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

const defaultTimeoutMs = 30_000;

/** Loads plug-ins and adds what they bring to what is built in. Never throws for a plug-in: all problems are told together. */
export async function loadPlugins(builtIn: Engines, { names, folders, onFault, timeoutMs = defaultTimeoutMs }: PluginSettings): Promise<LoadedPlugins> {
  if (names.length === 0) return { engines: builtIn, problems: [] };
  const set = await EngineSet.open(builtIn);
  const problems: string[] = [];
  for (const [index, name] of names.entries()) {
    const at = `plugins.${index}: "${name}": `;
    try {
      if (names.indexOf(name) < index) throw new TesseraError('conflict', 'It is named twice.');
      const registrations = await withinTime(loadRegistrations(name, folders), timeoutMs);
      problems.push(...set.add(registrations, new FaultReporter(name, onFault)).map((problem) => at + problem));
    } catch (error) {
      problems.push(at + reasonOf(error));
    }
  }
  return { engines: set.engines(), problems };
}

async function loadRegistrations(name: string, folders: readonly string[]): Promise<Registrations> {
  const url = await resolvePlugin(name, folders);
  const plugin = pluginOf(await importModule(url));
  const { registry, registrations } = recordRegistrations();
  try {
    await plugin.register(registry);
  } catch (error) {
    throw isTesseraError(error) ? error : new TesseraError('invalid_argument', `Its register() failed: ${textOf(error)}`, {}, { cause: error });
  }
  const count = registrations.formats.length + registrations.codecs.length + registrations.exporters.length;
  if (count === 0) throw new TesseraError('invalid_argument', 'Its register() added nothing. It has to wait for what it adds: an async register() returns when all is added.');
  return registrations;
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url) as Record<string, unknown>;
  } catch (error) {
    throw new TesseraError('invalid_argument', `It cannot be loaded from ${url}: ${textOf(error)}`, {}, { cause: error });
  }
}

/** Checks what a module exports; of a CommonJS module that is its default export. */
function pluginOf(module: Record<string, unknown>): Plugin {
  const exported = 'register' in module ? module : (module['default'] ?? {}) as Record<string, unknown>;
  const { register, apiVersion } = exported;
  if (typeof register !== 'function') throw new TesseraError('invalid_argument', 'It is no plug-in of Tessera: its module exports no function "register".');
  if (!Number.isInteger(apiVersion)) throw new TesseraError('invalid_argument', `It does not say for which version of the plug-in interface it was written: its module must export apiVersion = ${pluginApiVersion}.`);
  if (apiVersion !== pluginApiVersion) {
    const isNewer = (apiVersion as number) > pluginApiVersion;
    throw new TesseraError('invalid_argument', `It was written for version ${String(apiVersion)} of the plug-in interface, this Tessera has version ${pluginApiVersion}: ${isNewer ? 'install a newer Tessera, or an older version of the plug-in' : 'install a newer version of the plug-in, or an older Tessera'}.`);
  }
  return exported as unknown as Plugin;
}

async function withinTime<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TesseraError('deadline_exceeded', `It did not finish loading within ${timeoutMs / 1000} s.`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const reasonOf = (error: unknown): string => (isTesseraError(error) ? error.message : textOf(error));

const textOf = (error: unknown): string => (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error) ? String((error as Error).message) : String(error));

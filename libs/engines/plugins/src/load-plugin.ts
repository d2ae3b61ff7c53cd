import { isTesseraError, pluginApiVersion, TesseraError, type Plugin } from '@tessera/domain';
import { pluginVersion } from './plugin-version.ts';
import { recordRegistrations, type Registrations } from './registrations.ts';
import { textOf } from './text-of.ts';

export interface LoadedPlugin {
  readonly url: string;
  /** Of its package, and of its module. */
  readonly version: string;
  readonly registrations: Registrations;
}

const defaultTimeoutMs = 30_000;

/** Loads the module of a plug-in and has it register. @throws TesseraError invalid_argument or deadline_exceeded that says what is wrong with it. */
export function loadPlugin(url: string, timeoutMs = defaultTimeoutMs): Promise<LoadedPlugin> {
  return withinTime(load(url), timeoutMs);
}

async function load(url: string): Promise<LoadedPlugin> {
  const version = await pluginVersion(url);
  const plugin = pluginOf(await importModule(url));
  const { registry, registrations } = recordRegistrations();
  try {
    await plugin.register(registry);
  } catch (error) {
    throw isTesseraError(error) ? error : new TesseraError('invalid_argument', `Its register() failed: ${textOf(error)}`, {}, { cause: error });
  }
  const count = registrations.formats.length + registrations.codecs.length + registrations.exporters.length;
  if (count === 0) throw new TesseraError('invalid_argument', 'Its register() added nothing. It has to wait for what it adds: an async register() returns when all is added.');
  return { url, version, registrations };
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

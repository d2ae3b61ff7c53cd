import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackage } from './package-entry.ts';

/** What tells one version of a plug-in from another: that of the nearest package.json which has one, and the bytes of its module. */
export async function pluginVersion(url: string): Promise<string> {
  const file = fileURLToPath(url);
  const bytes = createHash('sha256').update(await readFile(file)).digest('hex').slice(0, 12);
  return `${await packageVersion(dirname(file)) ?? ''}+${bytes}`;
}

async function packageVersion(folder: string): Promise<string | undefined> {
  // One that is no JSON says no version, and may have nothing to do with the plug-in.
  const facts = await readPackage(folder).catch(() => undefined);
  if (typeof facts?.version === 'string') return facts.version;
  const above = dirname(folder);
  return above === folder ? undefined : packageVersion(above);
}

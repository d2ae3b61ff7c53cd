import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TesseraError } from '@tessera/domain';
import { packageEntry, readPackage } from './package-entry.ts';

const packageName = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(\/[\w./~-]+)?$/i;

/**
 * The URL of the module that a plug-in is named by: a path (`./my-plugin`, a file or a folder) from the first of
 * `folders` in which there is one, or a package in the node_modules of such a folder or of one above it.
 * @throws TesseraError not_found that says where it was looked for.
 */
export async function resolvePlugin(name: string, folders: readonly string[]): Promise<string> {
  const isPath = name.startsWith('.') || name.startsWith('file:') || isAbsolute(name);
  if (!isPath && !packageName.test(name)) throw new TesseraError('not_found', 'This is neither the name of a package nor a path: paths begin with "./", "../" or "/".');
  const file = isPath ? await findPath(name.startsWith('file:') ? fileURLToPath(name) : name, folders) : await findPackage(name, folders);
  return pathToFileURL(file).href;
}

async function findPath(path: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const found = resolve(folder, path);
    const facts = await stat(found).catch(() => undefined);
    if (facts?.isFile()) return found;
    if (facts?.isDirectory()) return entryOf(found, '.');
  }
  throw new TesseraError('not_found', `There is no such file or folder; looked for from ${folders.join(', ')}.`);
}

async function findPackage(name: string, folders: readonly string[]): Promise<string> {
  const [scopeOrName = '', ...rest] = name.split('/');
  const parts = scopeOrName.startsWith('@') ? [scopeOrName, rest.shift() ?? ''] : [scopeOrName];
  const subpath = ['.', ...rest].join('/');
  for (const folder of folders.flatMap(foldersAbove)) {
    const found = join(folder, 'node_modules', ...parts);
    if ((await stat(found).catch(() => undefined))?.isDirectory()) return entryOf(found, subpath);
  }
  throw new TesseraError('not_found', `The package is not installed. Run "npm install ${parts.join('/')}" in ${folders[0]}; looked for in node_modules there${folders.length > 1 ? `, from ${folders.slice(1).join(', ')},` : ''} and above.`);
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

async function entryOf(folder: string, subpath: string): Promise<string> {
  const facts = await readPackage(folder) ?? {};
  const entry = await packageEntry(folder, facts, subpath);
  if (entry !== undefined) return entry;
  throw new TesseraError('not_found', `The package in ${folder} has no module to import${subpath === '.' ? '' : ` as "${subpath}"`}: its package.json must name one in "exports" or "main", and the file must be there.`);
}

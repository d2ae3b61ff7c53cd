// The file that a package is imported by (Node.js documentation, "Packages", "Package entry points"): for a package that
// lies next to a configuration file, and not next to the importing module, Node itself has no call.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Conditions under which an ES module is imported by Node. */
const conditions = new Set(['node', 'import', 'module-sync', 'default']);

export interface PackageFacts {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
}

/** The package.json of a folder; undefined if there is none. @throws SyntaxError if it is not JSON. */
export async function readPackage(folder: string): Promise<PackageFacts | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  const facts: unknown = JSON.parse(text);
  return typeof facts === 'object' && facts !== null ? facts : {};
}

/** The file behind `subpath` (`.` or `./name`) of the package in `folder`; undefined if the package has none. */
export async function packageEntry(folder: string, facts: PackageFacts, subpath: string): Promise<string | undefined> {
  if (facts.exports !== undefined && facts.exports !== null) {
    const target = exportedTarget(facts.exports, subpath);
    return target === undefined ? undefined : existingFile(join(folder, target));
  }
  const places = subpath !== '.' ? [subpath, `${subpath}.js`] : [...(typeof facts.main === 'string' ? [facts.main, `${facts.main}.js`, join(facts.main, 'index.js')] : []), 'index.js', 'index.mjs'];
  for (const place of places) {
    const file = await existingFile(join(folder, place));
    if (file !== undefined) return file;
  }
  return undefined;
}

function exportedTarget(exported: unknown, subpath: string): string | undefined {
  const isBySubpath = typeof exported === 'object' && exported !== null && Object.keys(exported).some((key) => key.startsWith('.'));
  if (isBySubpath) return conditionalTarget((exported as Record<string, unknown>)[subpath]);
  return subpath === '.' ? conditionalTarget(exported) : undefined;
}

/** The first condition that holds decides, in the order of the file. */
function conditionalTarget(target: unknown): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target : undefined;
  if (typeof target !== 'object' || target === null) return undefined;
  const choices = Array.isArray(target) ? target : Object.entries(target).filter(([condition]) => conditions.has(condition)).map(([, value]) => value as unknown);
  for (const choice of choices) {
    const found = conditionalTarget(choice);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function existingFile(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

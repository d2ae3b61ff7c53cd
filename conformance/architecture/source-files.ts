// The project's own TypeScript, read as text: enough for what the rules of architecture ask.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Sources without tests. */
export function sourceFiles(): SourceFile[] {
  return globSync('{apps,libs}/**/*.ts', { cwd: root })
    .filter((path) => !/\.(spec|arbitrary|fake)\.ts$|node_modules/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const { paths } = (JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as { compilerOptions: { paths: Record<string, [string]> } }).compilerOptions;

// Comments first: an import in a comment is none.
const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const statements = /^(?:import|export)\s+(?!type\b)((?:[\w*${}\s,]+?)\s+from\s+)?'([^']+)'/gm;

/** Own files that a file needs when it is loaded; types and `import()` are free. */
export function valueImports({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  for (const [, names = '', target] of text.replace(comments, '').matchAll(statements)) {
    if (isTypesOnly(names)) continue;
    if (target!.startsWith('.')) found.push(relative(root, join(root, dirname(path), target!)));
    else if (paths[target!]) found.push(paths[target!]![0].slice(2));
  }
  return found;
}

/** `{ type A, type B }`: nothing of it is left at run time. */
function isTypesOnly(names: string): boolean {
  const listed = /\{([^}]*)\}/.exec(names);
  if (!listed || names.split('{')[0]!.trim() !== '') return false;
  const items = listed[1]!.split(',').map((item) => item.trim()).filter((item) => item !== '');
  return items.length > 0 && items.every((item) => item.startsWith('type '));
}

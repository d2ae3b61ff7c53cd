// No file may, by the values it imports, need itself: such files load in an order that depends on who came first.
import { sourceFiles, valueImports, type SourceFile } from './source-files.ts';

/** Groups of files that need one another (Tarjan's strongly connected components of more than one). */
function cyclesOf(files: readonly SourceFile[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, valueImports(file)]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (path: string): void => {
    index.set(path, index.size);
    low.set(path, index.get(path)!);
    stack.push(path);
    for (const next of imports.get(path) ?? []) {
      if (!imports.has(next)) continue;
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path)!, low.get(next)!));
    }
    if (low.get(path) !== index.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1 || imports.get(path)!.includes(path)) cycles.push(group.sort());
  };
  for (const { path } of files) if (!index.has(path)) visit(path);
  return cycles;
}

describe('value imports', () => {
  it('make no cycles', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(100);
    expect(cyclesOf(files)).toEqual([]);
  });

  it('are understood: every import of a file of ours leads to one', () => {
    const files = sourceFiles();
    const paths = new Set(files.map((file) => file.path));
    const astray = files.flatMap((file) => valueImports(file).filter((target) => target.endsWith('.ts') && !paths.has(target) && !/\.(spec|arbitrary|fake)\.ts$/.test(target)).map((target) => `${file.path} → ${target}`));
    expect(astray).toEqual([]);
  });

  it('would be found in cycles', () => {
    const file = (path: string, text: string): SourceFile => ({ path, text });
    const a = file('libs/x/a.ts', "import {\n  b,\n  type C,\n} from './b.ts';\n");
    const b = file('libs/x/b.ts', "// import { z } from './z.ts';\nexport * from './c.ts';\n");
    const c = file('libs/x/c.ts', "import './a.ts';\n");
    const free = file('libs/x/d.ts', "import type { E } from './e.ts';\nimport { type E2 } from './e.ts';\nconst later = () => import('./e.ts');\n");
    const e = file('libs/x/e.ts', "import { d } from './d.ts';\n");
    expect(cyclesOf([a, b, c, free, e])).toEqual([['libs/x/a.ts', 'libs/x/b.ts', 'libs/x/c.ts']]);
  });
});

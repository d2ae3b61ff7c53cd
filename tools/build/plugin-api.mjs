// Builds the package @tessera/plugin-api into dist/libs/plugin-api: two modules that hold all they need of the workspace,
// and the declarations that are reachable from them.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'libs/plugin-api');
const target = join(root, 'dist/libs/plugin-api');
const emitted = join(root, 'tmp/plugin-api-types');
const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;

const importPattern = /(\bfrom '|\bimport\(')([^']+)(')/g;

rmSync(target, { recursive: true, force: true });
const packages = await bundle();
emitDeclarations();
for (const file of reachable(['plugin-api/src/index.ts', 'plugin-api/src/testing.ts'])) copyDeclaration(file);
writePackage(packages);
cpSync(join(source, 'README.md'), join(target, 'README.md'));
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));

/** Resolves to the packages that single codecs load when they are used. */
async function bundle() {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { index: 'libs/plugin-api/src/index.ts', testing: 'libs/plugin-api/src/testing.ts' },
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    alias: Object.fromEntries(Object.entries(paths).filter(([name]) => !name.startsWith('@tessera/plugin-api')).map(([name, [path]]) => [name, join(root, path)])),
    tsconfig: 'tsconfig.base.json',
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports.filter(({ external, path }) => external && !path.startsWith('node:')).map(({ path }) => path));
  return new Set(imported.map((path) => path.split('/').slice(0, path.startsWith('@') ? 2 : 1).join('/')));
}

/** Only who tests a format with such a codec needs its package: none is installed without being asked for. */
function writePackage(packages) {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const facts = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const names = [...packages].sort();
  facts.peerDependencies = Object.fromEntries(names.map((name) => [name, `^${dependencies[name].replace(/^\^/, '')}`]));
  facts.peerDependenciesMeta = Object.fromEntries(names.map((name) => [name, { optional: true }]));
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(facts, null, 2)}\n`);
}

function emitDeclarations() {
  rmSync(emitted, { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', join(source, 'tsconfig.build.json')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The declarations of the plug-in interface cannot be made:\n${stdout}`);
}

/** Source files below libs/ that these import, directly or not, as their declarations tell. */
function reachable(entries) {
  const found = new Set(entries);
  for (const file of found) for (const imported of importsOf(file)) found.add(imported);
  return found;
}

function importsOf(file) {
  return [...declaration(file).matchAll(importPattern)].map(([, , name]) => sourceOf(file, name)).filter((name) => name !== undefined);
}

/** Names of other packages are left as they are; those of the workspace and relative ones name files below libs/. */
function copyDeclaration(file) {
  const text = declaration(file).replaceAll(importPattern, (whole, before, name, after) => {
    const imported = sourceOf(file, name);
    return imported === undefined ? whole : `${before}./${relative(dirname(file), imported).replace(/\.ts$/, '.js')}${after}`;
  });
  const path = join(target, 'types', file.replace(/\.ts$/, '.d.ts'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function declaration(file) {
  return readFileSync(join(emitted, file.replace(/\.ts$/, '.d.ts')), 'utf8');
}

function sourceOf(file, name) {
  if (name.startsWith('.')) return relative(join(root, 'libs'), resolve(root, 'libs', dirname(file), name));
  const path = paths[name]?.[0];
  return path && relative('libs', path);
}

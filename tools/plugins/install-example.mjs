// Installs the example plug-in and the interface it builds on into a folder, as a facility does: packed, by npm, from
// files. `node install-example.mjs FOLDER` makes FOLDER/node_modules; nothing is asked of a registry.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds and packs @tessera/plugin-api. Returns the path of the package. */
export function packPluginApi(folder) {
  execFileSync(process.execPath, [join(root, 'tools/build/plugin-api.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  return pack(join(root, 'dist/libs/plugin-api'), folder);
}

/** Packs the folder of a package. Returns the path of the package. */
export function pack(source, folder) {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], source));
  return join(folder, filename);
}

/** Installs packages from files into `folder`. */
export function install(folder, packages) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], folder);
}

function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_config_loglevel: 'error' } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('install-example.mjs FOLDER');
  const packed = mkdtempSync(join(tmpdir(), 'tessera-packed-'));
  try {
    install(resolve(folder), [packPluginApi(packed), pack(join(root, 'examples/plugin-cbf'), packed)]);
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

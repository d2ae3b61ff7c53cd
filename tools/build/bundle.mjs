// Bundles one app with the workspace's own code; packages stay in node_modules.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const app = process.argv[2];
const root = new URL('../../', import.meta.url).pathname;
const { paths } = JSON.parse(readFileSync(`${root}tsconfig.base.json`, 'utf8')).compilerOptions;

await build({
  absWorkingDir: root,
  entryPoints: {
    main: `apps/${app}/src/main.ts`,
    'codec-worker': 'libs/compose/src/codec-worker.ts',
    'parquet-columns': 'libs/engines/arrow/src/parquet/columns/serve-columns.ts',
  },
  outdir: `dist/apps/${app}`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  packages: 'external',
  alias: Object.fromEntries(Object.entries(paths).map(([name, [path]]) => [name, `${root}${path.slice(2)}`])),
  tsconfig: 'tsconfig.base.json',
  sourcemap: true,
  logLevel: 'warning',
});

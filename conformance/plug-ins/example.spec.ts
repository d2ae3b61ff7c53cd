// The example plug-in with nothing but the published package: installed by npm into a folder of its own, it passes its
// contracts there under node:test, and its types fit the declarations.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pluginApiVersion } from '@tessera/domain';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tessera-plugin-'));
const work = join(folder, 'plugin');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(parameters: string[], cwd: string): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
  return { status, output: `${stdout}${stderr}` };
}

beforeAll(() => {
  cpSync(join(root, 'examples/plugin-cbf'), work, { recursive: true });
  const tools = pathToFileURL(join(root, 'tools/plugins/install-example.mjs')).href;
  const { status, output } = run(['--input-type=module', '-e', `
    import { install, packPluginApi } from ${JSON.stringify(tools)};
    install(${JSON.stringify(work)}, [packPluginApi(${JSON.stringify(folder)})]);`], folder);
  if (status !== 0) throw new Error(output);
}, 120_000);

it('passes the contracts of format, codec and exporter', () => {
  const { status, output } = run(['--test', '--test-reporter=tap', 'test/contract.test.js'], work);
  expect({ status, failed: output.match(/^ *not ok .*/gm) }).toEqual({ status: 0, failed: null });
  expect(Number(/^# pass (\d+)/m.exec(output)?.[1])).toBeGreaterThan(80);
});

it('has the types that the package declares', () => {
  for (const name of ['@types/node', 'undici-types']) cpSync(join(root, 'node_modules', name), join(work, 'node_modules', name), { recursive: true, dereference: true });
  expect(run([join(root, 'node_modules/typescript/bin/tsc'), '-p', 'jsconfig.json'], work)).toEqual({ status: 0, output: '' });
});

it('fails the contracts when it is wrong', () => {
  const file = join(work, 'src/byte-offset.codec.js');
  writeFileSync(file, readFileSync(file, 'utf8').replace('value = (value + delta) | 0;', 'value = (value + delta + 1) | 0;'));
  const { status, output } = run(['--test', '--test-reporter=tap', 'test/contract.test.js'], work);
  expect(status).not.toBe(0);
  expect(output).toMatch(/not ok .* reads pilatus\.cbf as the reference library does/);
  expect(output).toMatch(/not ok .* decodes pilatus/);
});

it('is published under the version of the interface', () => {
  const { version } = JSON.parse(readFileSync(join(work, 'node_modules/@tessera/plugin-api/package.json'), 'utf8')) as { version: string };
  expect(version).toMatch(new RegExp(`^${pluginApiVersion}\\.`));
});

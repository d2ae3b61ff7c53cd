// The layers are lint errors: this proves that the errors come. Without a project graph the rule only warns, and passes everything.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const boundaries = '@nx/enforce-module-boundaries';

interface Message {
  readonly ruleId: string | null;
  readonly severity: number;
  readonly message: string;
}

function run(script: string, parameters: string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...parameters], {
    cwd: root, input, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' }, maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

const uses = (name: string) => `import { a } from '${name}';\nexport const b = a;\n`;

/** Where, what is imported, and the rule that must object. */
const forbidden: readonly (readonly [file: string, imported: string, rule: string])[] = [
  ['libs/domain/src/x.ts', '@tessera/storage', boundaries],
  ['libs/domain/src/x.ts', '@tessera/arrow', boundaries],
  ['libs/domain/src/x.ts', '@tessera/testing', boundaries],
  ['libs/domain/src/x.ts', 'lru-cache', boundaries],
  ['libs/domain/src/x.ts', 'fast-check', boundaries],
  ['libs/domain/src/x.ts', 'node:fs', 'no-restricted-imports'],
  ['libs/engines/storage/src/x.ts', '@tessera/codecs', boundaries],
  ['libs/engines/formats/src/x.ts', '@tessera/reader', boundaries],
  ['libs/engines/codecs/src/x.ts', '@tessera/http', boundaries],
  ['libs/engines/storage/src/x.ts', '@nestjs/common', boundaries],
  ['libs/engines/storage/src/x.ts', '@grpc/grpc-js', boundaries],
  ['libs/services/reader/src/x.ts', '@tessera/catalog', boundaries],
  ['libs/services/catalog/src/x.ts', '@tessera/cluster', boundaries],
  ['libs/services/catalog/src/x.ts', '@nestjs/common', boundaries],
  ['libs/services/search/src/x.ts', '@nats-io/jetstream', boundaries],
  ['libs/services/identity/src/x.ts', '@tessera/compose', boundaries],
  ['libs/edges/zarr/src/x.ts', '@tessera/reader', boundaries],
  ['libs/edges/tiled/src/x.ts', '@tessera/codecs', boundaries],
  ['libs/edges/tiled/src/x.ts', '@tessera/zarr', boundaries],
  ['libs/edges/cluster/src/x.ts', '@tessera/database', boundaries],
  ['apps/gateway/src/x.ts', '@tessera/reader', boundaries],
  ['apps/reader/src/x.ts', '@tessera/domain', boundaries],
  ['libs/testing/src/x.ts', '@tessera/storage', boundaries],
  ['libs/services/reader/src/x.ts', '@tessera/testing', 'no-restricted-imports'],
  ['libs/compose/src/x.ts', '@tessera/testing', 'no-restricted-imports'],
  // Loaded by import() only: a process that is alone has no gRPC and no NATS.
  ['libs/compose/src/x.ts', '@tessera/cluster', boundaries],
  ['libs/plugin-api/src/x.ts', '@tessera/reader', boundaries],
  ['libs/plugin-api/src/x.ts', 'lru-cache', boundaries],
  ['libs/engines/formats/src/x.ts', '@tessera/plugin-api', boundaries],
  ['libs/compose/src/x.ts', '@tessera/plugin-api', boundaries],
  ['libs/edges/zarr/src/x.ts', '../../tiled/src/index.ts', boundaries],
];

const allowed: readonly (readonly [file: string, imported: string])[] = [
  ['libs/domain/src/x.ts', './errors/tessera-error.ts'],
  ['libs/domain/src/x.spec.ts', 'fast-check'],
  ['libs/engines/storage/src/x.ts', '@tessera/domain'],
  ['libs/engines/storage/src/x.ts', 'node:fs'],
  ['libs/engines/exporters/src/x.ts', '@tessera/arrow'],
  ['libs/services/reader/src/x.ts', '@tessera/codecs'],
  ['libs/services/reader/src/x.spec.ts', '@tessera/testing'],
  ['libs/edges/zarr/src/x.ts', '@tessera/http'],
  ['libs/edges/cluster/src/x.ts', '@grpc/grpc-js'],
  ['libs/compose/src/x.ts', '@tessera/catalog'],
  ['libs/plugin-api/src/x.ts', '@tessera/domain'],
  ['libs/plugin-api/src/x.ts', '@tessera/codecs'],
  ['apps/gateway/src/x.ts', '@tessera/compose'],
];

const readsEnvironment = 'export const home = process.env["HOME"];\n';

describe('the layers', () => {
  let results: Message[][];
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-graph-'));
    try {
      // The command line of Nx is what writes the graph that the rule reads.
      run('node_modules/.bin/nx', ['graph', `--file=${join(folder, 'graph.json')}`]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const cases = [
      ...forbidden.map(([filePath, imported]) => ({ filePath, text: uses(imported) })),
      ...allowed.map(([filePath, imported]) => ({ filePath, text: uses(imported) })),
      { filePath: 'libs/services/reader/src/x.ts', text: readsEnvironment },
      { filePath: 'libs/compose/src/config.ts', text: readsEnvironment },
    ];
    results = JSON.parse(run('conformance/architecture/lint-texts.mjs', [], JSON.stringify(cases))) as Message[][];
  }, 240_000);

  it.each(forbidden.map((one, i) => [...one, i] as const))('%s may not import %s', (_file, _imported, rule, i) => {
    expect(results[i]!.filter((message) => message.severity === 2).map((message) => message.ruleId)).toContain(rule);
  });

  it.each(allowed.map((one, i) => [...one, i] as const))('%s may import %s', (_file, _imported, i) => {
    expect(results[forbidden.length + i]).toEqual([]);
  });

  it('have their settings from one file', () => {
    const [elsewhere, there] = results.slice(-2);
    expect(elsewhere!.map((message) => message.ruleId)).toEqual(['no-restricted-properties']);
    expect(there).toEqual([]);
  });
});

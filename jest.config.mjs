// One Jest for the whole workspace; `nx test <project>` narrows it to a folder.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.base.json', import.meta.url), 'utf8'));

export default {
  rootDir: import.meta.dirname,
  testMatch: ['**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/tmp/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2024', transform: { legacyDecorator: true, decoratorMetadata: false } },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    }],
  },
  moduleNameMapper: Object.fromEntries(
    Object.entries(compilerOptions.paths).map(([alias, [path]]) => [`^${alias}$`, `<rootDir>/${path.slice(2)}`]),
  ),
  setupFiles: ['<rootDir>/tools/test/property-seed.mjs'],
  testTimeout: 60_000,
  // By itself Jest leaves a core free, which of two is half.
  maxWorkers: Math.max(2, Math.min(8, availableParallelism() - 1)),
  // Modules of a spec stay in memory after it: a worker that has seen many is replaced.
  workerIdleMemoryLimit: '1500MB',
};

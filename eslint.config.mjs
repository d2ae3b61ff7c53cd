// The layers of ARCHITECTURE.md as lint errors: domain ← engines ← services | edges ← compose ← apps.
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const layers = [
  { sourceTag: 'layer:domain', onlyDependOnLibsWithTags: ['layer:domain'], bannedExternalImports: ['*'] },
  { sourceTag: 'layer:engine', onlyDependOnLibsWithTags: ['layer:domain', 'scope:arrow', 'layer:testing'], bannedExternalImports: ['@nestjs/*', '@grpc/*', '@nats-io/*'] },
  { sourceTag: 'layer:service', onlyDependOnLibsWithTags: ['layer:domain', 'layer:engine', 'layer:testing'], bannedExternalImports: ['@nestjs/*', '@grpc/*', '@nats-io/*'] },
  { sourceTag: 'layer:edge', onlyDependOnLibsWithTags: ['layer:domain', 'scope:arrow', 'scope:http', 'layer:testing'] },
  // What it re-exports is published: plug-ins import it, nothing in here does.
  { sourceTag: 'layer:plugin-api', onlyDependOnLibsWithTags: ['layer:domain', 'layer:engine'], bannedExternalImports: ['*'] },
  { sourceTag: 'layer:compose', onlyDependOnLibsWithTags: ['layer:domain', 'layer:engine', 'layer:service', 'layer:edge', 'layer:testing'], bannedExternalImports: ['@nestjs/*', '@grpc/*', '@nats-io/*'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:compose'], bannedExternalImports: ['*'] },
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:domain'] },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
];

export default tseslint.config(
  { ignores: ['dist/**', 'tmp/**', 'node_modules/**', '.nx/**', 'coverage/**'] },
  ...tseslint.configs.recommended,
  {
    // Scripts (.mjs) run before anything is installed or built: they know no aliases.
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', {
        allow: [],
        enforceBuildableLibDependency: false,
        depConstraints: layers,
      }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    // Property tests: fast-check in tests of the domain, nowhere else in it.
    files: ['libs/domain/**/*.spec.ts', 'libs/domain/**/*.arbitrary.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', {
        allow: ['fast-check'],
        enforceBuildableLibDependency: false,
        depConstraints: layers,
      }],
    },
  },
  {
    files: ['libs/domain/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'The domain does no I/O.' }] }] },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['libs/compose/src/config.ts', '**/*.spec.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Settings are read in compose/config.ts only.' }] },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/testing/**', 'libs/domain/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@tessera/testing'], message: 'Test support is for tests only.' }] }] },
  },
);

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema, configReference } from './config-reference.ts';

const root = join(import.meta.dirname, '../../..');

describe('the reference of settings', () => {
  it('is what the guide shows (npx tessera config reference)', () => {
    expect(readFileSync(join(root, 'docs/guide/configuration.md'), 'utf8')).toContain(configReference());
  });

  it('is what deploy/config.schema.json says (npx tessera config schema)', () => {
    expect(JSON.parse(readFileSync(join(root, 'deploy/config.schema.json'), 'utf8'))).toEqual(configJsonSchema());
  });

  it('describes every setting', () => {
    const rows = configReference().trim().split('\n').slice(2);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => / \|  \|$/.test(row))).toEqual([]);
  });
});

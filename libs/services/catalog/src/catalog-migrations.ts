import type { Migration } from '@tessera/database';
import { nodesMigration } from './migrations/0001-nodes.ts';

/** Every step of the schema `catalog`, oldest first. */
export const catalogMigrations: readonly Migration[] = [nodesMigration];

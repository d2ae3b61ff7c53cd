import type { Migration } from '@tessera/database';
import { documentsMigration } from './migrations/0001-documents.ts';

/** Every step of the schema `search`, oldest first. */
export const searchMigrations: readonly Migration[] = [documentsMigration];

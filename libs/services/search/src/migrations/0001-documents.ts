import type { Migration } from '@tessera/database';

/**
 * One row a node. A row without a parent is the mark of a node that is gone: its revision is the highest, so
 * news of the node that come late change nothing. Containers are searched one at a time: `parent_id` leads.
 */
export const documentsMigration: Migration = {
  name: '0001-documents',
  statements: [
    `create table search.documents (
      node_id bigint primary key,
      parent_id bigint,
      key text collate "C" not null,
      family text not null,
      metadata jsonb not null,
      specs text[] not null,
      words text[] not null,
      revision bigint not null,
      generation bigint not null,
      removed_at timestamptz
    )`,
    'create index documents_children on search.documents (parent_id, node_id)',
    'create index documents_words on search.documents using gin (words)',
    'create index documents_metadata on search.documents using gin (metadata jsonb_path_ops)',
    'create index documents_removed on search.documents (removed_at) where removed_at is not null',
    `create table search.state (
      only_row boolean primary key default true check (only_row),
      generation bigint not null default 1,
      filled_projection int not null default 0,
      last_sequence bigint not null default 0
    )`,
    'insert into search.state default values',
  ],
};

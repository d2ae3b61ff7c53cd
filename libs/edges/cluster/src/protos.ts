// Service definitions, read from the proto folder when a process starts.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { TesseraError } from '@tessera/domain';

export const services = {
  catalog: { file: 'tessera/catalog/v1/catalog.proto', name: 'tessera.catalog.v1.Catalog' },
  search: { file: 'tessera/search/v1/search.proto', name: 'tessera.search.v1.Search' },
  reader: { file: 'tessera/reader/v1/reader.proto', name: 'tessera.reader.v1.Reader' },
  indexer: { file: 'tessera/indexer/v1/indexer.proto', name: 'tessera.indexer.v1.Indexer' },
  ingest: { file: 'tessera/ingest/v1/ingest.proto', name: 'tessera.ingest.v1.Ingest' },
  identity: { file: 'tessera/identity/v1/identity.proto', name: 'tessera.identity.v1.Identity' },
  health: { file: 'grpc/health/v1/health.proto', name: 'grpc.health.v1.Health' },
} as const;

export type ServiceKey = keyof typeof services;

const loaded = new Map<string, ServiceDefinition>();

/**
 * The workspace's `proto` folder, found by walking up from this file: the same from
 * the sources and from a bundle in `dist/apps/<app>`. An installation that keeps it
 * elsewhere passes its own folder to whatever takes a `protoDirectory`.
 * @throws TesseraError internal if no parent folder has one.
 */
export function findProtoDirectory(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto');
    if (existsSync(join(candidate, services.reader.file))) return candidate;
    if (folder === dirname(folder)) {
      throw new TesseraError('internal', 'The folder "proto" is not beside or above the program: set its place by `protoDirectory`.');
    }
  }
}

/** Definition of one service; read once for each folder. */
export function loadService(key: ServiceKey, protoDirectory: string = findProtoDirectory()): ServiceDefinition {
  const memoKey = `${protoDirectory}\n${key}`;
  const known = loaded.get(memoKey);
  if (known) return known;
  const { file, name } = services[key];
  const definitions = loadSync(file, { includeDirs: [protoDirectory], longs: Number, enums: Number, arrays: true });
  const definition = definitions[name] as ServiceDefinition;
  loaded.set(memoKey, definition);
  return definition;
}

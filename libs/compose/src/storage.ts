import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setSqlSources } from '@tessera/arrow';
import { demoStore } from '@tessera/demo';
import type { ByteStore, ManifestStore, VersionedByteStore } from '@tessera/domain';
import { BundledManifestStore, WritableFileStore, openStore, withBlockCache } from '@tessera/storage';
import type { Closers } from './closers.ts';
import { defaultStateDirectory, type Config } from './config.ts';
import { sqlSourcesOf, sqlStore } from './sql-sources.ts';
import { storeOptions } from './store-options.ts';

/** What every role that touches bytes works on. */
export interface Storage {
  /** Files and objects below the served and readable folders, and the demo. */
  readonly store: VersionedByteStore;
  /** The same for what reads little pieces all over a file: to index it. */
  readonly indexStore: ByteStore;
  readonly manifests: ManifestStore;
  readonly stateDirectory: string;
}

/** Opens the stores. A temporary state folder goes when the process ends. */
export async function openStorage(config: Config, closers: Closers): Promise<Storage> {
  setSqlSources(sqlSourcesOf(config));
  const stateDirectory = await stateFolder(config, closers);
  // The index tells of all that is served: others on this machine do not look into it.
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const store = openStore({ ...storeOptions(config), readsOnTheSpot: !config.roles.includes('gateway'), stores: { demo: demoStore(), sql: sqlStore(config) } });
  return {
    store,
    indexStore: withBlockCache(store),
    manifests: new BundledManifestStore(new WritableFileStore(stateDirectory), { uri: pathToFileURL(stateDirectory).href }),
    stateDirectory,
  };
}

async function stateFolder(config: Config, closers: Closers): Promise<string> {
  if (!config.state.temporary) return resolve(config.state.directory ?? defaultStateDirectory(config));
  const folder = await mkdtemp(join(tmpdir(), 'tessera-'));
  closers.add('temporary state', () => rm(folder, { recursive: true, force: true }));
  return folder;
}

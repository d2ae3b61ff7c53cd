import { CatalogService } from '@tessera/catalog';
import { openDatabase } from '@tessera/database';
import { servicePrincipal, singleUserScopes } from '@tessera/domain';
import { IndexerService, IngestService } from '@tessera/indexer';
import { BundledManifestStore, MemoryStore } from '@tessera/storage';
import { collected, ingestContract, type IngestSetup } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

const writer = servicePrincipal('test', singleUserScopes);
const uriOf = (name: string) => `memory:data/${name}`;

async function openLocal(): Promise<IngestSetup> {
  const store = new MemoryStore();
  const database = await openDatabase({ memory: true });
  const catalog = await CatalogService.open(database);
  const indexer = new IndexerService(store, new BundledManifestStore(store, { uri: 'memory:state' }));
  const ingest = new IngestService(catalog, indexer, store);
  return {
    ingest,
    catalog,
    put: (name, bytes) => store.put(uriOf(name), new Uint8Array(bytes)),
    remove: (name) => store.remove(uriOf(name)),
    add: async (name, reading = undefined) => {
      const drafts = await collected(indexer.index({ uri: uriOf(name), ...reading }));
      await catalog.register(writer, [{ parent: [], key: name, drafts, ifExists: 'fail' }]);
      return [name];
    },
    close: async () => {
      await ingest.close();
      await database.close();
    },
  };
}

ingestContract('in this process', openLocal);

ingestContract('through gRPC', async () => {
  const local = await openLocal();
  const remote = await throughGrpc({ ingest: local.ingest, catalog: local.catalog });
  return {
    ...local,
    ingest: remote.ingest,
    catalog: remote.catalog,
    close: async () => {
      await remote.close();
      await local.close();
    },
  };
});

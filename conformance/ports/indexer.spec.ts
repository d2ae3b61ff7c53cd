import { IndexerService } from '@tessera/indexer';
import { BundledManifestStore, MemoryStore } from '@tessera/storage';
import { indexerContract, type IndexerSetup } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

async function openLocal(): Promise<IndexerSetup> {
  const store = new MemoryStore();
  return {
    indexer: new IndexerService(store, new BundledManifestStore(store, { uri: 'memory:state' })),
    put: async (name, bytes) => {
      const uri = `memory:data/${name}`;
      await store.put(uri, new Uint8Array(bytes));
      return uri;
    },
    close: async () => {},
  };
}

indexerContract('in this process', openLocal);

describe.each([['one indexer', 'indexer'], ['a pool', 'indexerPool']] as const)('%s', (name, port) => {
  indexerContract(`${name} through gRPC`, async () => {
    const local = await openLocal();
    const remote = await throughGrpc({ indexer: local.indexer });
    return { ...local, indexer: remote[port], close: () => remote.close() };
  });
});

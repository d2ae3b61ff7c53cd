import { readFileSync } from 'node:fs';
import { IndexerService } from '@tessera/indexer';
import { ReaderService } from '@tessera/reader';
import { BundledManifestStore, MemoryStore } from '@tessera/storage';
import { collected, FakeReader, readerContract, type ReaderSetup } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

async function openLocal(): Promise<ReaderSetup> {
  const store = new MemoryStore();
  const manifests = new BundledManifestStore(store, { uri: 'memory:state' });
  return {
    reader: new ReaderService(store, manifests),
    uriPrefix: 'memory:data/',
    put: async ({ manifest, objects }) => {
      for (const [uri, bytes] of objects) await store.put(uri, bytes);
      return (await manifests.put([manifest]))[0]!;
    },
    putTable: async () => {
      const uri = 'memory:data/groups.parquet';
      await store.put(uri, new Uint8Array(readFileSync(new URL('../../fixtures/parquet/groups.parquet', import.meta.url))));
      const [draft] = await collected(new IndexerService(store, manifests).index({ uri }));
      if (draft?.structure.family !== 'table') throw new Error('The fixture is no table.');
      const { columns, partitionCount } = draft.structure.table;
      return { manifestId: draft.manifestId!, mediaType: 'application/vnd.apache.arrow.stream', columns, partitionCount };
    },
    close: async () => {},
  };
}

async function openFake(): Promise<ReaderSetup> {
  const reader = new FakeReader();
  let serial = 0;
  return {
    reader,
    uriPrefix: 'memory:data/',
    put: async ({ manifest, bytes, isMissing }) => {
      const id = `manifest-${++serial}`;
      reader.arrays.set(id, { manifest, bytes, missing: isMissing });
      return id;
    },
    putTable: () => Promise.reject(new Error('The fake reads no tables.')),
    close: async () => {},
  };
}

readerContract('in this process', openLocal);
readerContract('the fake, in this process', openFake, { readsTables: false });

describe.each([['one reader through gRPC', 'reader'], ['one reader through frames', 'framedReader'], ['a pool', 'readerPool']] as const)('%s', (name, port) => {
  readerContract(name, async () => {
    const local = await openLocal();
    const remote = await throughGrpc({ reader: local.reader });
    return { ...local, reader: remote[port], close: () => remote.close() };
  });
});

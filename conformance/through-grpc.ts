// The same ports, reached as another process would reach them: over a loopback socket.
import { CatalogClient, IdentityClient, IndexerClient, IndexerPool, IngestClient, openChannel, openClusterServer, FramedReaderClient, ReaderClient, ReaderGroup, ReaderPool, SearchClient, type ServedPorts } from '@tessera/cluster';

const secret = 'a secret for conformance only';

export interface RemotePorts {
  readonly catalog: CatalogClient;
  readonly search: SearchClient;
  readonly reader: ReaderClient;
  readonly framedReader: FramedReaderClient;
  readonly indexer: IndexerClient;
  readonly ingest: IngestClient;
  readonly identity: IdentityClient;
  /** The reader and the indexer as a gateway has them: a pool, here of one. */
  readonly readerPool: ReaderPool;
  readonly indexerPool: IndexerPool;
  close(): Promise<void>;
}

export async function throughGrpc(ports: ServedPorts): Promise<RemotePorts> {
  const server = await openClusterServer({ ports, host: '127.0.0.1', port: 0, secret, drainTimeoutMs: 500 });
  const address = `127.0.0.1:${server.port}`;
  const channel = openChannel({ address, secret });
  const group = new ReaderGroup({ addresses: [address], secret });
  return {
    catalog: new CatalogClient(channel),
    search: new SearchClient(channel),
    reader: new ReaderClient(channel),
    framedReader: new FramedReaderClient(channel),
    indexer: new IndexerClient(channel),
    ingest: new IngestClient(channel),
    identity: new IdentityClient(channel),
    readerPool: new ReaderPool(group),
    indexerPool: new IndexerPool(group),
    close: async () => {
      channel.close();
      group.close();
      await server.close();
    },
  };
}


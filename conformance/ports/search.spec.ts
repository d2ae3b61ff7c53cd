import { CatalogService, InProcessBus, outboxLength, OutboxRelay } from '@tessera/catalog';
import { openDatabase } from '@tessera/database';
import { SearchService } from '@tessera/search';
import { eventually, searchContract, type SearchSetup } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

async function openLocal(): Promise<SearchSetup> {
  const database = await openDatabase({ memory: true });
  const bus = new InProcessBus();
  const relay = new OutboxRelay(database, bus);
  const catalog = await CatalogService.open(database, () => relay.wake());
  const search = await SearchService.open(database, catalog);
  await search.start(bus);
  relay.start();
  return {
    search,
    catalog,
    settle: async () => {
      await search.caughtUp();
      await eventually(async () => (await outboxLength(database)) === 0);
    },
    close: async () => {
      await relay.close();
      await search.close();
      await bus.close();
      await database.close();
    },
  };
}

searchContract('in this process', openLocal);

searchContract('through gRPC', async () => {
  const local = await openLocal();
  const remote = await throughGrpc({ search: local.search, catalog: local.catalog });
  return {
    search: remote.search,
    catalog: remote.catalog,
    settle: local.settle,
    close: async () => {
      await remote.close();
      await local.close();
    },
  };
});

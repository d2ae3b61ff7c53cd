import { CatalogService } from '@tessera/catalog';
import { openDatabase } from '@tessera/database';
import { catalogContract, type CatalogSetup } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

async function openLocal(): Promise<CatalogSetup> {
  const database = await openDatabase({ memory: true });
  return { catalog: await CatalogService.open(database), close: () => database.close() };
}

catalogContract('in this process', openLocal);

catalogContract('through gRPC', async () => {
  const local = await openLocal();
  const remote = await throughGrpc({ catalog: local.catalog });
  return {
    catalog: remote.catalog,
    close: async () => {
      await remote.close();
      await local.close();
    },
  };
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HttpStore, MemoryStore, WritableFileStore, type S3StoreOptions } from '@tessera/storage';
import { byteStoreContract } from '@tessera/testing';
import { startFaultyProxy } from '../faulty-proxy.ts';
import { serveFolder } from '../http-server.ts';
import { TestS3Server, needsVersitygw, versitygwBinary } from '../s3-server.ts';

byteStoreContract('memory', async () => ({ store: new MemoryStore(), folder: 'memory:folder', close: async () => {} }));

for (const readsOnTheSpot of [false, true]) {
  byteStoreContract(`files${readsOnTheSpot ? ', short ones on the spot' : ''}`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'tessera-store-'));
    return {
      store: new WritableFileStore(root, { readsOnTheSpot }),
      folder: pathToFileURL(root).href,
      forbiddenUri: 'file:///etc/hostname',
      close: () => rm(root, { recursive: true, force: true }),
    };
  }, { guardsRoot: true });
}

(versitygwBinary === undefined ? describe.skip : describe)(`S3 ${needsVersitygw}`, () => {
  const setUp = (open: (server: TestS3Server) => Promise<{ readonly options: Partial<S3StoreOptions>; close(): Promise<void> }>) => async () => {
    const server = await TestS3Server.start();
    const { options, close } = await open(server);
    const folder = `s3://${server.bucket}/served%20data`;
    const store = server.store(folder, options);
    return {
      store, folder,
      forbiddenUri: `s3://${server.bucket}/served%20data-of-others/x`,
      close: async () => {
        store.close();
        await close();
        await server.close();
      },
    };
  };
  byteStoreContract('S3', setUp(async () => ({ options: {}, close: async () => {} })), { guardsRoot: true });

  byteStoreContract('S3 behind a proxy that fails', setUp(async ({ endpoint }) => {
    const proxy = await startFaultyProxy(endpoint);
    const options = { endpoint: proxy.url, timeoutMs: 250, retry: { attempts: 12, baseDelayMs: 1, maxDelayMs: 5 } };
    return {
      options,
      close: async () => {
        expect(proxy.faultCount).toBeGreaterThan(50);
        await proxy.close();
      },
    };
  }), { guardsRoot: true });
});

byteStoreContract('HTTP', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tessera-http-'));
  const server = await serveFolder(root);
  const store = new HttpStore({ roots: [`${server.url}/served`] });
  const files = new WritableFileStore(root);
  const fileUri = (uri: string) => pathToFileURL(join(root, decodeURIComponent(new URL(uri).pathname))).href;
  const written = async (uri: string) => {
    await store.stat(uri);
    return fileUri(uri);
  };
  return {
    store: Object.assign(store, {
      put: async (uri: string, bytes: Uint8Array) => files.put(await written(uri), bytes),
      remove: async (uri: string) => files.remove(await written(uri)),
    }),
    folder: `${server.url}/served`,
    forbiddenUri: `${server.url}/secret`,
    close: async () => {
      store.close();
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}, { guardsRoot: true, listsFolders: false });

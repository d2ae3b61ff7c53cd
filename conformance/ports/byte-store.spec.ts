import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HttpStore, MemoryStore, WritableFileStore } from '@tessera/storage';
import { byteStoreContract } from '@tessera/testing';
import { serveFolder } from '../http-server.ts';
import { TestS3Server, needsVersitygw, versitygwBinary } from '../s3-server.ts';

byteStoreContract('memory', async () => ({ store: new MemoryStore(), folder: 'memory:folder', close: async () => {} }));

byteStoreContract('files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tessera-store-'));
  return {
    store: new WritableFileStore(root),
    folder: pathToFileURL(root).href,
    forbiddenUri: 'file:///etc/hostname',
    close: () => rm(root, { recursive: true, force: true }),
  };
}, { guardsRoot: true });

(versitygwBinary === undefined ? describe.skip : describe)(`S3 ${needsVersitygw}`, () => {
  byteStoreContract('S3', async () => {
    const server = await TestS3Server.start();
    const folder = `s3://${server.bucket}/served%20data`;
    const store = server.store(folder);
    return {
      store, folder,
      forbiddenUri: `s3://${server.bucket}/served%20data-of-others/x`,
      close: async () => {
        store.close();
        await server.close();
      },
    };
  }, { guardsRoot: true });
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

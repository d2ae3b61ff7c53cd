import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MemoryStore, WritableFileStore } from '@tessera/storage';
import { byteStoreContract } from '@tessera/testing';

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

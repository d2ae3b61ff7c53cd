import fc from 'fast-check';
import type { VersionedByteStore, WritableByteStore } from '@tessera/domain';
import { collected, eventually } from '../eventually.ts';
import { failureCode } from './failure.ts';

export interface ByteStoreSetup {
  readonly store: VersionedByteStore & WritableByteStore;
  /** URI of a folder in it, without a trailing slash. */
  readonly folder: string;
  /** A URI that the store must not touch; of stores that guard a root. */
  readonly forbiddenUri?: string;
  close(): Promise<void>;
}

/** What every writable store does. */
export function byteStoreContract(name: string, setup: () => Promise<ByteStoreSetup>, { guardsRoot = false, listsFolders = true } = {}): void {
  describe(`byte store: ${name}`, () => {
    let given: ByteStoreSetup;
    let serial = 0;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    const newUri = () => `${given.folder}/object-${++serial}`;
    const put = async (bytes: Uint8Array, uri = newUri()) => {
      await given.store.put(uri, bytes);
      return uri;
    };

    it('gives back what was put', async () => {
      await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const uri = await put(bytes);
        expect(Buffer.compare((await given.store.read(uri))!, bytes)).toBe(0);
        expect(await given.store.stat(uri)).toMatchObject({ uri, isDirectory: false, byteLength: bytes.byteLength });
      }), { numRuns: 20 });
    });

    it('reads ranges, cut short at the end', async () => {
      const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
      const uri = await put(bytes);
      await fc.assert(fc.asyncProperty(fc.nat(120), fc.option(fc.nat(120), { nil: undefined }), async (byteOffset, byteLength) => {
        const expected = bytes.slice(byteOffset, byteLength === undefined ? undefined : byteOffset + byteLength);
        const got = await given.store.read(uri, byteLength === undefined ? { byteOffset } : { byteOffset, byteLength });
        expect(Buffer.compare(got!, expected)).toBe(0);
      }), { numRuns: 60 });
    });

    it('says undefined of what is not there', async () => {
      const uri = newUri();
      expect(await given.store.read(uri)).toBeUndefined();
      expect(await given.store.read(uri, { byteOffset: 0, byteLength: 1 })).toBeUndefined();
      expect(await given.store.stat(uri)).toBeUndefined();
    });

    it('replaces and removes whole objects', async () => {
      const uri = await put(new Uint8Array(50).fill(1));
      await put(new Uint8Array(20).fill(2), uri);
      // A store may keep files open for a moment, and then gives what they were.
      await eventually(async () => (await given.store.read(uri))?.byteLength === 20);
      await given.store.remove(uri);
      await eventually(async () => (await given.store.read(uri)) === undefined);
      await given.store.remove(uri);
    });

    it('says which state of an object the bytes are of, however often it is written', async () => {
      const uri = await put(new Uint8Array(2000).fill(1));
      expect(await given.store.readSnapshot(newUri())).toBeUndefined();
      const versions = new Map<string, number>();
      let isWriting = true;
      const writing = (async () => {
        for (let value = 2; value < 60; value++) await given.store.put(uri, new Uint8Array(2000).fill(value));
        isWriting = false;
      })();
      while (isWriting) {
        const found = await given.store.readSnapshot(uri, { byteOffset: 500, byteLength: 1000 }).catch(() => undefined);
        await new Promise(setImmediate);
        if (!found) continue;
        expect(new Set(found.bytes).size).toBe(1);
        const version = found.entry.version!;
        expect(versions.get(version) ?? found.bytes[0]).toBe(found.bytes[0]);
        versions.set(version, found.bytes[0]!);
      }
      await writing;
      // No older state is taken for the newest, not for a moment.
      const last = await given.store.readSnapshot(uri);
      expect(last!.bytes[0]).toBe(59);
      expect((await given.store.stat(uri))!.version).toBe(last!.entry.version);
      await given.store.remove(uri);
      expect(await given.store.readSnapshot(uri)).toBeUndefined();
    });

    it('never shows half an object, however many write it', async () => {
      const uri = newUri();
      const versions = Array.from({ length: 8 }, (_, i) => new Uint8Array(200_000).fill(i));
      const writing = Promise.all(versions.map((bytes) => given.store.put(uri, bytes)));
      for (let i = 0; i < 20; i++) {
        const seen = await given.store.read(uri);
        if (seen) expect(seen.byteLength === 200_000 && seen.every((byte) => byte === seen[0])).toBe(true);
      }
      await writing;
    });

    if (listsFolders) it('lists the children of a folder by name', async () => {
      const folder = `${given.folder}/folder-${++serial}`;
      for (const child of ['b', 'a', 'sub/c', 'B', 'b1']) await put(new Uint8Array(3), `${folder}/${child}`);
      const entries = await collected(given.store.list(folder));
      expect(entries.map(({ uri, isDirectory }) => [uri.slice(folder.length + 1), isDirectory])).toEqual([['B', false], ['a', false], ['b', false], ['b1', false], ['sub', true]]);
      expect(await given.store.stat(`${folder}/sub`)).toMatchObject({ isDirectory: true });
    });

    if (guardsRoot) it('stays below its root', async () => {
      for (const ask of [() => given.store.read(given.forbiddenUri!), () => given.store.stat(given.forbiddenUri!), () => given.store.put(given.forbiddenUri!, new Uint8Array(1)), () => collected(given.store.list(given.forbiddenUri!))]) {
        expect(await failureCode(ask())).toBe('permission_denied');
      }
    });
  });
}

import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WritableByteStore } from '@tessera/domain';
import { formatFileUri } from '../file-uri.ts';
import { MemoryStore } from './memory.ts';
import { WritableFileStore } from './writable-file.ts';

describe.each(['file', 'memory'])('a writable %s store', (kind) => {
  let base: string;
  let store: WritableByteStore;
  const uri = (name: string) => formatFileUri(join(base, 'own', name));
  const listed = async (name: string) => {
    const names: string[] = [];
    for await (const entry of store.list(uri(name))) names.push(entry.uri.split('/').at(-1)!);
    return names;
  };

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'tessera-writable-')));
    await mkdir(join(base, 'own'));
    store = kind === 'file' ? new WritableFileStore(join(base, 'own')) : new MemoryStore();
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  it('reads back what it wrote, replaces it, and removes it', async () => {
    await store.put(uri('a/b'), Buffer.from('one'));
    await store.put(uri('a/c'), Buffer.from('other'));
    await store.put(uri('a/b'), Buffer.from('second'));
    expect(Buffer.from((await store.read(uri('a/b')))!).toString()).toBe('second');
    expect(Buffer.from((await store.read(uri('a/b'), { byteOffset: 1, byteLength: 3 }))!).toString()).toBe('eco');
    expect((await store.stat(uri('a/b')))?.byteLength).toBe(6);
    expect((await store.stat(uri('a')))?.isDirectory).toBe(true);
    expect(await listed('a')).toEqual(['b', 'c']);
    await store.remove(uri('a/b'));
    await store.remove(uri('a/b'));
    expect(await listed('a')).toEqual(['c']);
  });

  it('keeps what it was given, whatever becomes of the buffer', async () => {
    const bytes = Buffer.from('kept');
    await store.put(uri('x'), bytes);
    bytes.fill(0);
    expect(Buffer.from((await store.read(uri('x')))!).toString()).toBe('kept');
  });
});

describe('WritableFileStore', () => {
  let base: string;
  beforeEach(async () => { base = await realpath(await mkdtemp(join(tmpdir(), 'tessera-writable-'))); });
  afterEach(() => rm(base, { recursive: true, force: true }));

  it('writes nothing outside its folder', async () => {
    const store = new WritableFileStore(join(base, 'own'));
    for (const outside of [join(base, 'x'), join(base, 'own-twin', 'x'), join(base, 'own')]) {
      await expect(store.put(formatFileUri(outside), Buffer.from('x'))).rejects.toMatchObject({ code: 'permission_denied' });
      await expect(store.remove(formatFileUri(outside))).rejects.toMatchObject({ code: 'permission_denied' });
    }
    await expect(store.put(`file://localhost${base}/own/../x`, Buffer.from('x'))).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await readdir(base)).toEqual([]);
  });

  it('leaves the old object and no rest behind if it cannot write', async () => {
    const store = new WritableFileStore(base);
    await store.put(formatFileUri(join(base, 'a')), Buffer.from('old'));
    // A folder in the place of the object: the rename fails.
    await mkdir(join(base, 'b'));
    await writeFile(join(base, 'b', 'inner'), 'x');
    await expect(store.put(formatFileUri(join(base, 'b')), Buffer.from('new'))).rejects.toMatchObject({ code: 'unavailable' });
    expect((await readdir(base)).sort()).toEqual(['a', 'b']);
    expect(await readFile(join(base, 'a'), 'utf8')).toBe('old');
  });

  it('is not disturbed by many writers of one object', async () => {
    const store = new WritableFileStore(base);
    const uri = formatFileUri(join(base, 'x'));
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.put(uri, Buffer.alloc(5000, index))));
    const bytes = (await store.read(uri))!;
    expect(bytes.byteLength).toBe(5000);
    expect(new Set(bytes).size).toBe(1);
    expect(await readdir(base)).toEqual(['x']);
  });
});

import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStore, Entry } from '@tessera/domain';
import { formatFileUri } from './file-uri.ts';
import { openStore } from './open-store.ts';
import { createSourceCheck } from './source-check.ts';
import { MemoryStore } from './stores/memory.ts';

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());
const second = () => new Promise((resolve) => setTimeout(resolve, 1050));
const denied = expect.objectContaining({ code: 'permission_denied' });

describe('openStore', () => {
  let base: string;
  let store: ByteStore;
  const uri = (...parts: string[]) => formatFileUri(join(base, ...parts));

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'tessera-storage-')));
    await mkdir(join(base, 'root', 'sub'), { recursive: true });
    await mkdir(join(base, 'root-twin'));
    await writeFile(join(base, 'root', 'a b#%20.txt'), 'hello world');
    await writeFile(join(base, 'root', 'sub', 'deep.txt'), 'deep');
    await writeFile(join(base, 'secret.txt'), 'secret');
    await writeFile(join(base, 'root-twin', 'secret.txt'), 'secret');
    store = openStore({ roots: [join(base, 'root')], stores: { demo: new MemoryStore({ 'demo://x/y': Buffer.from('demo') }) } });
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  it('reads whole files, ranges, and ranges past the end', async () => {
    const file = uri('root', 'a b#%20.txt');
    expect(text(await store.read(file))).toBe('hello world');
    expect(text(await store.read(file, { byteOffset: 6, byteLength: 3 }))).toBe('wor');
    expect(text(await store.read(file, { byteOffset: 6 }))).toBe('world');
    expect(text(await store.read(file, { byteOffset: 6, byteLength: 1e15 }))).toBe('world');
    expect(text(await store.read(file, { byteOffset: 50, byteLength: 3 }))).toBe('');
  });

  it('says undefined of what is not there, or is no file', async () => {
    expect(await store.read(uri('root', 'none'))).toBeUndefined();
    expect(await store.read(uri('root', 'no', 'such', 'folder'))).toBeUndefined();
    expect(await store.read(uri('root', 'sub'))).toBeUndefined();
    expect(await store.read(uri('root', 'sub', 'deep.txt', 'x'))).toBeUndefined();
    expect(await store.stat(uri('root', 'none'))).toBeUndefined();
  });

  it('does not hang on a named pipe', async () => {
    execFileSync('mkfifo', [join(base, 'root', 'pipe')]);
    expect(await store.read(uri('root', 'pipe'))).toBeUndefined();
    expect(await store.stat(uri('root', 'pipe'))).toBeUndefined();
  });

  it.each([
    ['a neighbour', 'file://localhost$BASE/secret.txt'],
    ['a folder whose name begins alike', 'file://localhost$BASE/root-twin/secret.txt'],
    ['a climb', 'file://localhost$BASE/root/../secret.txt'],
    ['an escaped climb', 'file://localhost$BASE/root/%2e%2e/secret.txt'],
    ['an escaped slash', 'file://localhost$BASE/root/..%2fsecret.txt'],
    ['what is not there', 'file://localhost$BASE/nothing/at/all'],
    ['another host', 'file://elsewhere$BASE/root/sub/deep.txt'],
  ])('refuses %s without naming a path', async (_what, template) => {
    const outside = template.replace('$BASE', base);
    for (const attempt of [() => store.read(outside), () => store.stat(outside)]) {
      const error: Error = await attempt().then(() => { throw new Error('was served'); }, (reason: Error) => reason);
      expect(error).toEqual(denied);
      expect(error.message).not.toContain(base);
    }
  });

  it('follows links that stay inside, refuses those that leave', async () => {
    await symlink('sub/deep.txt', join(base, 'root', 'inside'));
    await symlink('../secret.txt', join(base, 'root', 'outside'));
    await symlink('..', join(base, 'root', 'up'));
    await symlink('sub', join(base, 'root', 'sub-link'));
    await symlink('loop', join(base, 'root', 'loop'));
    expect(text(await store.read(uri('root', 'inside')))).toBe('deep');
    expect(text(await store.read(uri('root', 'sub-link', 'deep.txt')))).toBe('deep');
    expect((await store.stat(uri('root', 'sub-link')))?.isDirectory).toBe(true);
    await expect(store.read(uri('root', 'outside'))).rejects.toEqual(denied);
    await expect(store.stat(uri('root', 'outside'))).rejects.toEqual(denied);
    await expect(store.read(uri('root', 'up', 'secret.txt'))).rejects.toEqual(denied);
    expect(await store.read(uri('root', 'loop'))).toBeUndefined();
  });

  it('refuses a file that became a link out of the root', async () => {
    const file = uri('root', 'sub', 'deep.txt');
    expect(text(await store.read(file))).toBe('deep');
    await rm(join(base, 'root', 'sub', 'deep.txt'));
    await symlink('../../secret.txt', join(base, 'root', 'sub', 'deep.txt'));
    await second();
    await expect(store.read(file)).rejects.toEqual(denied);
  });

  it('notices a replaced, a grown and a removed file', async () => {
    const file = uri('root', 'sub', 'deep.txt');
    const path = join(base, 'root', 'sub', 'deep.txt');
    expect(text(await store.read(file))).toBe('deep');
    await appendFile(path, 'er');
    expect(text(await store.read(file))).toBe('deeper');
    await writeFile(`${path}.new`, 'other');
    await rename(`${path}.new`, path);
    await second();
    expect(text(await store.read(file))).toBe('other');
    await rm(path);
    await second();
    expect(await store.read(file)).toBeUndefined();
  });

  it('serves a root that is one file, and not its neighbours', async () => {
    const single = openStore({ roots: [join(base, 'secret.txt')] });
    expect(text(await single.read(uri('secret.txt')))).toBe('secret');
    await expect(single.read(uri('root', 'sub', 'deep.txt'))).rejects.toEqual(denied);
  });

  it('keeps few files open, with many read at once', async () => {
    const narrow = openStore({ roots: [join(base, 'root')], maxOpenFiles: 2 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => writeFile(join(base, 'root', `f${i}`), `content ${i}`)));
    const contents = await Promise.all(Array.from({ length: 240 }, (_, i) => narrow.read(uri('root', `f${i % 60}`))));
    contents.forEach((bytes, i) => expect(text(bytes)).toBe(`content ${i % 60}`));
  });

  it('lists folders by name; links carry no facts', async () => {
    await symlink('..', join(base, 'root', 'zz'));
    const entries: Entry[] = [];
    for await (const entry of store.list(uri('root'))) entries.push(entry);
    expect(entries.map((entry) => [entry.uri, entry.isDirectory, entry.byteLength])).toEqual([
      [uri('root', 'a b#%20.txt'), false, 11], [uri('root', 'sub'), true, undefined], [uri('root', 'zz'), false, undefined],
    ]);
    expect(entries[2]!.modifiedAtMs).toBeUndefined();
    expect(Number.isSafeInteger(entries[0]!.modifiedAtMs)).toBe(true);
  });

  it('lists names that are not UTF-8, and says why it cannot open them', async () => {
    await writeFile(Buffer.concat([Buffer.from(join(base, 'root', 'sub', 'b ')), Buffer.of(0xff, 0x25)]), 'x');
    const uris: string[] = [];
    for await (const entry of store.list(uri('root', 'sub'))) uris.push(entry.uri);
    expect(uris).toEqual([`${uri('root', 'sub')}/b%20%FF%25`, uri('root', 'sub', 'deep.txt')]);
    await expect(store.stat(uris[0]!)).rejects.toThrow('UTF-8');
  });

  it('hands other schemes to their stores and refuses unknown ones', async () => {
    expect(text(await store.read('demo://x/y'))).toBe('demo');
    await expect(store.read('s3://bucket/key')).rejects.toMatchObject({ code: 'unsupported' });
    await expect(store.read('no scheme')).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('tells a changed source from an unchanged one', async () => {
    const check = createSourceCheck(store);
    const entry = (await store.stat(uri('root', 'sub', 'deep.txt')))!;
    const source = { uri: entry.uri, byteLength: entry.byteLength!, modifiedAtMs: entry.modifiedAtMs! };
    await check.check([source]);
    expect(check.check([source])).toBeUndefined();
    await appendFile(join(base, 'root', 'sub', 'deep.txt'), '!');
    await expect(check.check([source], { fresh: true })).rejects.toMatchObject({ code: 'stale' });
    await rm(join(base, 'root', 'sub', 'deep.txt'));
    await expect(check.check([source], { fresh: true })).rejects.toMatchObject({ code: 'gone' });
  });

  it('confirms that what was read was read from the source as it was, however lately that was seen', async () => {
    const check = createSourceCheck(store);
    const path = join(base, 'root', 'sub', 'deep.txt');
    const sourceNow = async () => {
      const entry = (await store.stat(uri('root', 'sub', 'deep.txt')))!;
      return { uri: entry.uri, byteLength: entry.byteLength!, modifiedAtMs: entry.modifiedAtMs! };
    };
    const source = await sourceNow();
    await check.check([source]);
    await Promise.all(Array.from({ length: 5 }, () => check.confirm([source])));
    await appendFile(path, '!');
    expect(check.check([source])).toBeUndefined();
    const failures = await Promise.allSettled(Array.from({ length: 5 }, () => check.confirm([source])));
    expect(failures.map((each) => (each as PromiseRejectedResult).reason.code)).toEqual(Array.from({ length: 5 }, () => 'stale'));
    // Indexed anew meanwhile: what was seen before says nothing against it.
    await appendFile(path, '!');
    await check.check([await sourceNow()]);
    await rm(path);
    await expect(check.confirm([source])).rejects.toMatchObject({ code: 'gone', details: { isMissing: true } });
    await check.confirm([{ uri: source.uri }]);
  });

  it('serves one look at a source to all who wait, but not to who came after it began', async () => {
    let looks = 0;
    let release = () => {};
    let held = Promise.resolve();
    const check = createSourceCheck({ ...store, read: store.read, list: store.list, stat: async () => { looks++; await held; return { uri: 'x:', isDirectory: false, byteLength: 1 }; } });
    held = new Promise((resolve) => (release = resolve));
    const confirm = () => Array.from({ length: 9 }, () => check.confirm([{ uri: 'x:', byteLength: 1 }]));
    const inTime = confirm();
    expect(looks).toBe(0);
    await new Promise(setImmediate);
    expect(looks).toBe(1);
    const late = confirm();
    release();
    await Promise.all(inTime);
    await Promise.all(late);
    expect(looks).toBe(2);
  });

  it('reads the file that was last seen at a path', async () => {
    const path = join(base, 'root', 'swapped.txt');
    await writeFile(path, 'old');
    expect(text(await store.read(uri('root', 'swapped.txt')))).toBe('old');
    await writeFile(`${path}.new`, 'new content');
    await rename(`${path}.new`, path);
    expect((await store.stat(uri('root', 'swapped.txt')))!.byteLength).toBe(11);
    expect(text(await store.read(uri('root', 'swapped.txt')))).toBe('new content');
  });
});

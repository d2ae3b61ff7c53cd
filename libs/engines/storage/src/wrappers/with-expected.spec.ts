import type { ReadRange, VersionedByteStore } from '@tessera/domain';
import { isToldByReads, withExpected, withSteadySources } from './with-expected.ts';

function noting(etag: () => string = () => '"a"') {
  const ranges: (ReadRange | undefined)[] = [];
  const note = (range: ReadRange | undefined) => void ranges.push(range);
  const entry = (uri: string) => ({ uri, isDirectory: false, byteLength: 3, etag: etag() });
  const store: VersionedByteStore = {
    read: async (_uri, range) => { note(range); return new Uint8Array(3); },
    readSnapshot: async (uri, range) => { note(range); return { bytes: new Uint8Array(3), entry: entry(uri) }; },
    stat: async (uri) => entry(uri),
    list: async function* (uri) { yield entry(`${uri}/a`); },
  };
  return { store, ranges };
}

describe('withExpected', () => {
  it('asks for objects of servers as they were indexed, and leaves files alone', async () => {
    const { store, ranges } = noting();
    const [remote, local, unknown] = [{ uri: 's3://b/k', etag: '"a"' }, { uri: 'file:///k', byteLength: 3 }, { uri: 'https://h/k' }];
    expect([remote, local, unknown].map(isToldByReads)).toEqual([true, false, false]);
    expect(withExpected(store, [local, unknown])).toBe(store);
    const pinned = withExpected(store, [remote, local]);
    await pinned.read(remote.uri, { byteOffset: 2, byteLength: 1 });
    await pinned.read(remote.uri);
    await pinned.read(local.uri, { byteOffset: 2 });
    await pinned.readSnapshot(remote.uri);
    await pinned.read('s3://b/chunk');
    expect(ranges).toEqual([{ byteOffset: 2, byteLength: 1, expected: remote }, { byteOffset: 0, expected: remote }, { byteOffset: 2 }, { byteOffset: 0, expected: remote }, undefined]);
  });
});

describe('withSteadySources', () => {
  it('reads what was first seen, and tells all of it', async () => {
    const { store, ranges } = noting();
    const steady = withSteadySources(store);
    await steady.read('s3://b/k');
    await steady.stat('s3://b/k');
    for await (const _ of steady.list('s3://b/f'));
    await steady.read('s3://b/k', { byteOffset: 1, byteLength: 1 });
    await steady.read('s3://b/f/a');
    const seen = { uri: 's3://b/k', byteLength: 3, etag: '"a"' };
    expect(ranges).toEqual([undefined, { byteOffset: 1, byteLength: 1, expected: seen }, { byteOffset: 0, expected: { ...seen, uri: 's3://b/f/a' } }]);
    expect(steady.completed({ uri: 's3://b/k', byteLength: 3 })).toEqual(seen);
    expect(steady.completed({ uri: 's3://b/other', byteLength: 3 })).toEqual({ uri: 's3://b/other', byteLength: 3 });
  });

  it('refuses an object that became another one', async () => {
    let etag = '"a"';
    const steady = withSteadySources(noting(() => etag).store);
    await steady.stat('https://h/k');
    etag = '"b"';
    await expect(steady.stat('https://h/k')).rejects.toMatchObject({ code: 'stale' });
  });
});

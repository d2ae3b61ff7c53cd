import { isTesseraError, type ByteStore, type Entry, type Source } from '@tessera/domain';
import { createSourceCheck } from './source-check.ts';

const indexed: Source = { uri: 'file:///a.h5', byteLength: 100, modifiedAtMs: 1000 };

/** A store with one file that is as `entry` says. */
const storeOf = (entry: Partial<Entry>): ByteStore => ({
  read: () => Promise.resolve(undefined),
  stat: (uri) => Promise.resolve({ uri, isDirectory: false, ...entry }),
  async *list() {},
});

async function verdict(source: Source, entry: Partial<Entry>, isLook = false): Promise<string> {
  const sources = createSourceCheck(storeOf(entry));
  try {
    await sources.check([source], { isLook });
    if (!isLook) await sources.confirm([source]);
    return 'the same';
  } catch (error) {
    return isTesseraError(error) ? error.code : String(error);
  }
}

const longer = { byteLength: 120, modifiedAtMs: 1200 };

describe('files that are looked at', () => {
  it('have changed if they are longer, or newer', async () => {
    expect(await verdict(indexed, { byteLength: 100, modifiedAtMs: 1000 })).toBe('the same');
    expect(await verdict(indexed, longer)).toBe('stale');
    expect(await verdict(indexed, { byteLength: 100, modifiedAtMs: 1200 })).toBe('stale');
  });

  it('may have grown if they are added to, but for a look that asks for that', async () => {
    const growing = { ...indexed, isAppended: true };
    expect(await verdict(growing, longer)).toBe('the same');
    expect(await verdict(growing, longer, true)).toBe('stale');
    expect(await verdict(growing, { byteLength: 100, modifiedAtMs: 1000 }, true)).toBe('the same');
  });

  it('that were not there are looked for, and missed by nobody else', async () => {
    const absent: Source = { uri: indexed.uri, isAbsent: true };
    expect(await verdict(absent, { byteLength: 1 })).toBe('the same');
    expect(await verdict(absent, { byteLength: 1 }, true)).toBe('stale');
    const nothing = createSourceCheck({ ...storeOf({}), stat: () => Promise.resolve(undefined) });
    await nothing.check([absent], { isLook: true });
  });

  it('are others if they are shorter or older, though they were added to', async () => {
    const growing = { ...indexed, isAppended: true };
    expect(await verdict(growing, { byteLength: 99, modifiedAtMs: 1200 })).toBe('stale');
    expect(await verdict(growing, { byteLength: 120, modifiedAtMs: 900 })).toBe('stale');
  });
});

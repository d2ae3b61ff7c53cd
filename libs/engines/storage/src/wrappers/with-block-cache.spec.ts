import fc from 'fast-check';
import type { ByteStore, ReadRange } from '@tessera/domain';
import { withBlockCache } from './with-block-cache.ts';

/** Objects of 1000 bytes, whose content is that of the version that is expected. */
function noting() {
  const ranges: (ReadRange | undefined)[] = [];
  const store: ByteStore = {
    read: async (uri, range) => {
      ranges.push(range);
      if (uri === 'x:none') return undefined;
      const bytes = contentOf(range?.expected?.etag);
      return bytes.subarray(range?.byteOffset ?? 0, range?.byteLength === undefined ? undefined : range.byteOffset + range.byteLength);
    },
    stat: async () => undefined,
    list: async function* () {},
  };
  return { store, ranges };
}

const contentOf = (etag = '') => Uint8Array.from({ length: 1000 }, (_, i) => (i * 7 + etag.length) % 251);
const expected = { uri: 'x:y', etag: '"a"' };

describe('withBlockCache', () => {
  it('gives what the store gives, within few reads of whole blocks', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(1100), fc.nat(120), fc.constantFrom('"a"', '"longer"')), { maxLength: 30 }), async (reads) => {
      const { store, ranges } = noting();
      const cached = withBlockCache(store, { blockByteLength: 100, maxByteLength: 100_000 });
      const found = await Promise.all(reads.map(([byteOffset, byteLength, etag]) => cached.read('x:y', { byteOffset, byteLength, expected: { uri: 'x:y', etag } })));
      found.forEach((part, i) => {
        const [byteOffset, byteLength, etag] = reads[i]!;
        expect(Buffer.compare(part!, contentOf(etag).subarray(byteOffset, byteOffset + byteLength))).toBe(0);
      });
      const blocks = ranges.filter((range) => range?.byteLength === 100 && range.byteOffset % 100 === 0).map((range) => `${range!.expected!.etag} ${range!.byteOffset}`);
      expect(new Set(blocks).size).toBe(blocks.length);
    }));
  });

  it('keeps no more than it may', async () => {
    const { store, ranges } = noting();
    const cached = withBlockCache(store, { blockByteLength: 100, maxByteLength: 300 });
    const read = (byteOffset: number) => cached.read('x:y', { byteOffset, byteLength: 5, expected });
    for (const at of [0, 100, 200, 0, 300, 0, 100]) await read(at);
    expect(ranges.map((range) => range!.byteOffset)).toEqual([0, 100, 200, 300, 100]);
  });

  it('passes on what has no version, and what is longer than a block', async () => {
    const { store, ranges } = noting();
    const cached = withBlockCache(store, { blockByteLength: 100 });
    const asked: (ReadRange | undefined)[] = [undefined, { byteOffset: 0, byteLength: 5 }, { byteOffset: 0, byteLength: 5, expected: { uri: 'x:y', byteLength: 1000 } }, { byteOffset: 0, byteLength: 101, expected }, { byteOffset: 5, expected }];
    for (const range of asked) await cached.read('x:y', range);
    expect(ranges).toEqual(asked);
  });

  it('says undefined of what is not there', async () => {
    expect(await withBlockCache(noting().store).read('x:none', { byteOffset: 0, byteLength: 5, expected })).toBeUndefined();
  });
});

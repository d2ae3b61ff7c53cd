import fc from 'fast-check';
import { TesseraError, type ByteRange, type Call, type Snapshot, type VersionedByteStore } from '@tessera/domain';
import { withCoalescing } from './with-coalescing.ts';

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);

/** A store that notes what is asked of it; each read waits for `gate`. */
function noting(gate: (call: Call | undefined) => Promise<void> = async () => {}) {
  const ranges: (ByteRange | undefined)[] = [];
  const store: VersionedByteStore = {
    read: async (uri, range, call) => {
      ranges.push(range);
      await gate(call);
      if (uri === 'x:none') return undefined;
      return bytes.slice(range?.byteOffset ?? 0, range?.byteLength === undefined ? undefined : range.byteOffset + range.byteLength);
    },
    readSnapshot: async (): Promise<Snapshot | undefined> => undefined,
    stat: async () => undefined,
    list: async function* () {},
  };
  return { store, ranges };
}

describe('withCoalescing', () => {
  it('gives every reader its bytes, by ranges that are neither longer nor wider apart than allowed', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(5200), fc.integer({ min: 1, max: 900 })), { minLength: 1, maxLength: 30 }), async (wanted) => {
      const { store, ranges } = noting();
      const merged = withCoalescing(store, { gapByteLength: 50, maxByteLength: 1000 });
      const found = await Promise.all(wanted.map(([byteOffset, byteLength]) => merged.read('x:y', { byteOffset, byteLength })));
      found.forEach((part, i) => expect(Buffer.compare(part!, bytes.subarray(wanted[i]![0], wanted[i]![0] + wanted[i]![1]))).toBe(0));
      expect(ranges.length).toBeLessThanOrEqual(wanted.length);
      for (const range of ranges) expect(range!.byteLength!).toBeLessThanOrEqual(1000);
      const asked = ranges.reduce((sum, range) => sum + range!.byteLength!, 0);
      expect(asked).toBeLessThanOrEqual(wanted.reduce((sum, [, byteLength]) => sum + byteLength + 50, 0));
    }));
  });

  it('keeps objects, and versions of one, apart', async () => {
    const { store, ranges } = noting();
    const merged = withCoalescing(store);
    const expected = { uri: 'x:y', etag: '"a"' };
    await Promise.all([merged.read('x:y', { byteOffset: 0, byteLength: 5 }), merged.read('x:z', { byteOffset: 5, byteLength: 5 }), merged.read('x:y', { byteOffset: 10, byteLength: 5, expected })]);
    expect(ranges).toHaveLength(3);
    expect(ranges).toContainEqual({ byteOffset: 10, byteLength: 5, expected });
    expect(await Promise.all([merged.read('x:none', { byteOffset: 0, byteLength: 5 }), merged.read('x:none', { byteOffset: 5, byteLength: 5 })])).toEqual([undefined, undefined]);
  });

  it('leaves whole objects and long ranges alone', async () => {
    const { store, ranges } = noting();
    const merged = withCoalescing(store, { maxByteLength: 100 });
    await Promise.all([merged.read('x:y'), merged.read('x:y', { byteOffset: 10 }), merged.read('x:y', { byteOffset: 0, byteLength: 100 })]);
    expect(ranges).toEqual([undefined, { byteOffset: 10 }, { byteOffset: 0, byteLength: 100 }]);
  });

  it('lets one caller go, and gives up when all are gone', async () => {
    const seen: Call[] = [];
    const { store } = noting((call) => new Promise((resolve, reject) => {
      seen.push(call!);
      call!.signal!.addEventListener('abort', () => reject(new TesseraError('cancelled', 'gone')));
      setTimeout(resolve, 20);
    }));
    const merged = withCoalescing(store);
    const [first, second] = [new AbortController(), new AbortController()];
    const ask = (controller: AbortController, byteOffset: number) => merged.read('x:y', { byteOffset, byteLength: 4 }, { signal: controller.signal, deadlineMs: byteOffset });
    const [leaving, staying, leavingToo] = [ask(first, 0), ask(second, 4), ask(first, 8)];
    await new Promise(setImmediate);
    first.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
    await expect(leavingToo).rejects.toMatchObject({ code: 'cancelled' });
    expect([...(await staying)!]).toEqual([...bytes.subarray(4, 8)]);
    expect([seen.length, seen[0]!.signal!.aborted, seen[0]!.deadlineMs]).toEqual([1, false, 8]);
    const [third, fourth] = [new AbortController(), new AbortController()];
    const both = Promise.allSettled([ask(third, 0), ask(fourth, 4)]);
    await new Promise(setImmediate);
    third.abort();
    expect(seen[1]!.signal!.aborted).toBe(false);
    fourth.abort();
    expect(seen[1]!.signal!.aborted).toBe(true);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('tells all readers of a failure, and reads again for the next', async () => {
    let isWell = false;
    const { store } = noting(async () => {
      if (!isWell) throw new TesseraError('unavailable', 'away');
    });
    const merged = withCoalescing(store);
    const read = () => Promise.allSettled([0, 8].map((byteOffset) => merged.read('x:y', { byteOffset, byteLength: 4 })));
    expect((await read()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isWell = true;
    expect((await read()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });
});

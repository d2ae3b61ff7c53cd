import fc from 'fast-check';
import { DecodedCache } from './decoded-cache.ts';

const mebi = 2 ** 20;
const filled = (byteLength: number, value: number) => new Uint8Array(byteLength).fill(value);
/** Jest compares long arrays slowly. */
const same = (found: Uint8Array | undefined, expected: Uint8Array) => found !== undefined && Buffer.compare(found, expected) === 0;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('DecodedCache', () => {
  it('keeps copies of small chunks and large chunks themselves, by version', () => {
    const cache = new DecodedCache(64 * mebi);
    const [small, large] = [filled(1000, 1), filled(2 * mebi, 2)];
    cache.set('small', 'v1', small);
    cache.set('large', '', large);
    small.fill(9);
    expect(same(cache.get('small', 'v1'), filled(1000, 1))).toBe(true);
    expect(cache.get('small', 'v2')).toBeUndefined();
    expect(cache.get('large', '')).toBe(large);
    cache.set('small', 'v2', filled(1000, 3));
    expect(cache.get('small', 'v1')).toBeUndefined();
    expect(same(cache.get('small', 'v2'), filled(1000, 3))).toBe(true);
  });

  it('lets go of the oldest, and keeps what is asked for again and again', async () => {
    const cache = new DecodedCache(8 * mebi);
    cache.set('wanted', '', filled(100_000, 255));
    for (let number = 0; number < 1000; number++) {
      cache.set(`${number}`, '', filled(100_000, number % 200));
      expect(same(cache.get('wanted', ''), filled(100_000, 255))).toBe(true);
      await nextTurn();
    }
    expect(cache.get('0', '')).toBeUndefined();
    for (let number = 970; number < 1000; number++) expect(same(cache.get(`${number}`, ''), filled(100_000, number % 200))).toBe(true);
  });

  it('does not overwrite what was given away in the same turn', () => {
    const cache = new DecodedCache(4 * mebi);
    cache.set('first', '', filled(100_000, 1));
    const given = cache.get('first', '')!;
    for (let number = 0; number < 200; number++) cache.set(`${number}`, '', filled(100_000, 2));
    expect(cache.get('first', '')).toBeUndefined();
    expect(same(given, filled(100_000, 1))).toBe(true);
  });

  it('gives nothing but what was set last, aligned, in no more memory than it may take', async () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 30 }), byteLength: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 60_000 })), version: fc.constantFrom('', 'a') });
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 100, 5000, 50_000), fc.array(step, { maxLength: 100 }), async (maxByteLength, steps) => {
      const cache = new DecodedCache(maxByteLength);
      const known = new Map<string, { readonly version: string; readonly bytes: Uint8Array }>();
      for (const [number, { key, byteLength, version }] of steps.entries()) {
        const bytes = filled(byteLength, number);
        cache.set(`${key}`, version, bytes);
        known.set(`${key}`, { version, bytes: bytes.slice() });
        if (number % 7 === 0) await nextTurn();
        let [isSame, isAligned] = [true, true];
        const memory = new Set<ArrayBufferLike>();
        for (const [each, { version: last, bytes: expected }] of known) {
          const found = cache.get(each, last);
          if (!found) continue;
          isSame &&= same(found, expected);
          isAligned &&= found.byteOffset % 8 === 0;
          if (found.byteLength > 0) memory.add(found.buffer);
        }
        expect({ isSame, isAligned }).toEqual({ isSame: true, isAligned: true });
        expect([...memory].reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBeLessThanOrEqual(maxByteLength);
      }
    }), { numRuns: 60 });
  });
});

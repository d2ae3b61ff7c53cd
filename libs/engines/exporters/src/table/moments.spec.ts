import { timestampColumn } from '@tessera/arrow';
import fc from 'fast-check';
import { Moments } from './moments.ts';

const units = ['s', 'ms', 'us', 'ns'] as const;
const perSecond = [1n, 1_000n, 1_000_000n, 1_000_000_000n];

function splitOf(count: bigint, unit: number): [bigint, number] {
  const per = perSecond[unit]!;
  const seconds = count / per - (count % per < 0n ? 1n : 0n);
  return [seconds, Number((count - seconds * per) * (1_000_000_000n / per))];
}

it.each([0, 1, 2, 3])('splits counts as big integers do (%i)', (unit) => {
  // As many seconds as numbers count exactly.
  const most = unit < 2 ? 2n ** 50n * perSecond[unit]! : 2n ** 63n - 1n;
  const counts = fc.oneof(fc.bigInt({ min: -most, max: most }), fc.bigInt({ min: -10_000_000_000n, max: 10_000_000_000n }), fc.constantFrom(0n, -1n, 1n, perSecond[unit]!, -perSecond[unit]!, most, -most));
  fc.assert(fc.property(fc.array(counts, { minLength: 1, maxLength: 20 }), (values) => {
    const moments = new Moments(timestampColumn(BigInt64Array.from(values), units[unit]!), unit);
    values.forEach((count, row) => {
      moments.read(row);
      expect([BigInt(moments.seconds), moments.nanoseconds]).toEqual(splitOf(count, unit));
    });
  }), { numRuns: 300 });
});

import fc from 'fast-check';
import { dateText, durationText, momentOf, offsetText, timeOfDayText, zoneOffset } from './time-text.ts';

it('writes dates as JavaScript does, where it can', () => {
  fc.assert(fc.property(fc.integer({ min: -719_000, max: 2_900_000 }), (days) => {
    expect(dateText(days)).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10));
  }));
});

it('goes on before year 0 and after year 9999', () => {
  expect([dateText(-719_529), dateText(2_932_897), dateText(-800_000)]).toEqual(['-0001-12-31', '10000-01-01', '-0221-09-04']);
});

it('splits counts before the epoch downwards', () => {
  expect(momentOf(-1n, 3)).toEqual({ days: -1, seconds: 86_399, nanoseconds: 999_999_999 });
  expect(momentOf(1_500n, 1)).toEqual({ days: 0, seconds: 1, nanoseconds: 500_000_000 });
});

it('writes times of day and differences as pandas does', () => {
  expect(timeOfDayText(3_723_000_400n, 2)).toBe('01:02:03.000400');
  expect(timeOfDayText(1n, 3)).toBe('00:00:00.000000001');
  expect(durationText(1_500n, 1)).toBe('0 days 00:00:01.500000');
  expect(durationText(-90_061_000n, 1)).toBe('-2 days +22:58:59');
});

it('knows zones by name and by offset; unknown ones are UTC', () => {
  expect(zoneOffset('Asia/Kolkata')(0)).toBe(19_800);
  expect(zoneOffset('-03:30')(0)).toBe(-12_600);
  expect(zoneOffset('UTC')(0)).toBe(0);
  expect(zoneOffset('Nowhere/Land')(0)).toBe(0);
  expect([offsetText(19_800), offsetText(-12_600), offsetText(0)]).toEqual(['+05:30', '-03:30', '+00:00']);
});

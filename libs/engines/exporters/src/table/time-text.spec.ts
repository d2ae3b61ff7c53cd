import fc from 'fast-check';
import { dateText, offsetText, zoneOffset } from './time-text.ts';

it('writes dates as JavaScript does, where it can', () => {
  fc.assert(fc.property(fc.integer({ min: -719_000, max: 2_900_000 }), (days) => {
    expect(dateText(days)).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10));
  }));
});

it('goes on before year 0 and after year 9999', () => {
  expect([dateText(-719_529), dateText(2_932_897), dateText(-800_000)]).toEqual(['-0001-12-31', '10000-01-01', '-0221-09-04']);
});

it('knows zones by name and by offset; unknown ones are UTC', () => {
  expect(zoneOffset('Asia/Kolkata')(0)).toBe(19_800);
  expect(zoneOffset('-03:30')(0)).toBe(-12_600);
  expect(zoneOffset('UTC')(0)).toBe(0);
  expect(zoneOffset('Nowhere/Land')(0)).toBe(0);
  expect([offsetText(19_800), offsetText(-12_600), offsetText(0), offsetText(3208)]).toEqual(['+05:30', '-03:30', '+00:00', '+00:53:28']);
});

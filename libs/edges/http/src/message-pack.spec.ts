import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { encodeMessagePack } from './message-pack.ts';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

describe('encodeMessagePack', () => {
  it('gives back what went in', () => {
    // The reading half of the library gives this one key another name, so that it does no harm.
    const values = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(fc.property(values, (value) => {
      expect(JSON.stringify(unpackr.unpack(encodeMessagePack(value)))).toBe(JSON.stringify(value));
    }));
  });

  it('writes whole numbers beyond 32 bits as integers, fractions as floats', () => {
    expect(encodeMessagePack(2 ** 40)[0]).toBe(0xd3);
    expect(encodeMessagePack(-(2 ** 40))[0]).toBe(0xd3);
    expect(encodeMessagePack(1.5)[0]).toBe(0xcb);
    expect(encodeMessagePack({ a: [2 ** 40] })).toEqual(Uint8Array.of(0x81, 0xa1, 0x61, 0x91, 0xd3, 0, 0, 1, 0, 0, 0, 0, 0));
  });
});

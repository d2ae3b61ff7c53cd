import fc from 'fast-check';
import { assignKeys, isKeyOf, stemOf } from './node-keys.ts';

const file = (name: string) => ({ name, isContainer: false });
const folder = (name: string) => ({ name, isContainer: true });

describe('keys', () => {
  it.each([['scan_1.h5', 'scan_1'], ['arch.tar.npy', 'arch'], ['plain', 'plain'], ['.hidden.x', '.hidden'], ['..', '..'], ['a.', 'a']])('takes the suffixes off %s', (name, stem) => {
    expect(stemOf(name)).toBe(stem);
  });

  it('gives clashing names whole, and only those', () => {
    expect(assignKeys([file('a.h5'), file('a.csv'), file('b.npy')])).toEqual(['a.h5', 'a.csv', 'b']);
    expect(assignKeys([folder('a'), file('a.csv')])).toEqual(['a', 'a.csv']);
    expect(assignKeys([folder('2024.05.01'), folder('2024.05.02'), file('2024.h5')])).toEqual(['2024.05.01', '2024.05.02', '2024']);
  });

  it('never gives two siblings one key, whatever their order', () => {
    const part = fc.constantFrom('a', 'b', 'a.b', 'a.b.c', '.a', 'b.a', 'a.', '..a', 'c');
    fc.assert(fc.property(fc.uniqueArray(fc.record({ name: part, isContainer: fc.boolean() }), { selector: (item) => item.name }), (items) => {
      const keys = assignKeys(items);
      expect(new Set(keys).size).toBe(items.length);
      items.forEach((item, index) => expect(isKeyOf(keys[index]!, item.name)).toBe(true));
      expect(assignKeys([...items].reverse())).toEqual([...keys].reverse());
    }));
  });
});

import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { checkKey, formatNodePath, parseNodePath } from './node-path.ts';

describe('node paths', () => {
  it('come back from their URL form', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(fc.property(fc.array(key), (path) => {
      expect(parseNodePath(formatNodePath(path))).toEqual(path);
      expect(parseNodePath(`/${formatNodePath(path)}//`)).toEqual(path);
    }));
  });

  it('refuse broken escapes', () => {
    for (const text of ['a/%', '%zz', '%ff', 'a/%C3%28/b']) {
      expect(() => parseNodePath(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }) as Error);
    }
  });

  it('have keys that can be stored and linked to', () => {
    for (const key of ['a', ' ', 'a.b', '…', 'x'.repeat(1024), '..a']) checkKey(key);
    for (const key of ['', '.', '..', 'a/b', 'a\0', 'x'.repeat(1025)]) {
      let thrown: unknown;
      try {
        checkKey(key);
      } catch (error) {
        thrown = error;
      }
      expect(isTesseraError(thrown, 'unprocessable')).toBe(true);
    }
  });
});

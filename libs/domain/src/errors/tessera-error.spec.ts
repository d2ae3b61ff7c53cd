import { TesseraError, isTesseraError, toTesseraError } from './tessera-error.ts';

describe('TesseraError', () => {
  it('keeps its words, but no more than somebody will read', () => {
    expect(new TesseraError('gone', 'The file is gone.').message).toBe('The file is gone.');
    const { message } = new TesseraError('gone', `The fill value "${'A'.repeat(10_000_000)}" does not fit.`);
    expect(message).toHaveLength(2000);
    expect(message).toMatch(/^The fill value "A+…$/);
  });

  it('is known by its mark, not by its class', () => {
    expect(isTesseraError({ isTesseraError: true, code: 'gone' }, 'gone')).toBe(true);
    expect(isTesseraError(new Error('x'))).toBe(false);
    const wrapped = toTesseraError('thrown text');
    expect([wrapped.code, wrapped.message, wrapped.cause]).toEqual(['internal', 'Internal server error', 'thrown text']);
  });
});

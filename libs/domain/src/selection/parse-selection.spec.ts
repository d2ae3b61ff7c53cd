import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { parseSelection } from './parse-selection.ts';
import type { Selection } from './selection.ts';
import { slices } from './selection.arbitrary.ts';

const format = (selection: Selection) => selection.map((item) => {
  if (item.kind === 'index') return `${item.index}`;
  const { start = '', stop = '', step } = item;
  return step === undefined ? `${start}:${stop}` : `${start}:${stop}:${step}`;
}).join(',');

const codeOf = (text: string) => {
  try {
    return parseSelection(text);
  } catch (error) {
    return isTesseraError(error) ? error.code : error;
  }
};

describe('parseSelection', () => {
  it('reads what was written', () => {
    const index = fc.maxSafeInteger().map((value) => ({ kind: 'index' as const, index: value }));
    fc.assert(fc.property(fc.array(fc.oneof(slices, index), { maxLength: 6 }), (selection) => {
      expect(parseSelection(format(selection))).toEqual(selection);
    }));
  });

  it.each([
    ['', []],
    [':', [{ kind: 'slice' }]],
    ['::', [{ kind: 'slice' }]],
    ['-0', [{ kind: 'index', index: 0 }]],
    ['007', [{ kind: 'index', index: 7 }]],
    ['1:2:-3,:', [{ kind: 'slice', start: 1, stop: 2, step: -3 }, { kind: 'slice' }]],
  ])('reads %j', (text, expected) => {
    expect(parseSelection(text)).toEqual(expected);
  });

  it.each(['...', ' 1', '1, 2', '[1]', 'a', '1.5', '1e3', '+1', ':::', '--1', '1;2', '1\n', '：', '٣'])('refuses %j', (text) => {
    expect(codeOf(text)).toBe('unprocessable');
  });

  it.each([',', '1,', ',1', '9007199254740993', '-99999999999999999999:'])('refuses the value of %j', (text) => {
    expect(codeOf(text)).toBe('invalid_argument');
  });

  it('answers or refuses whatever it gets', () => {
    const text = fc.oneof(fc.string(), fc.array(fc.constantFrom('1', '-', ':', ',', ' ', '.')).map((parts) => parts.join('')));
    fc.assert(fc.property(text, (any) => {
      expect(['unprocessable', 'invalid_argument'].includes(codeOf(any) as string) || Array.isArray(codeOf(any))).toBe(true);
    }));
  });

  it('refuses long nonsense without long thought', () => {
    expect(codeOf(`${'1:'.repeat(50_000)}x`)).toBe('unprocessable');
    expect(codeOf(`${'-1:1:1,'.repeat(50_000)}x`)).toBe('unprocessable');
  });
});

import { TesseraError } from '../errors/tessera-error.ts';
import type { Selection, SelectionItem } from './selection.ts';

const slicePattern = /^(?:(?:-?\d+)?:){0,2}(?:-?\d+)?(?:,(?:(?:-?\d+)?:){0,2}(?:-?\d+)?)*$/;

/**
 * Reads the `slice` parameter: comma-separated NumPy basic indices such as
 * `0,1:3,::-1`. Empty text selects the whole array.
 * @throws TesseraError unprocessable if it does not match the grammar (no `...`, brackets or spaces),
 *   invalid_argument for an empty item or a number too large.
 */
export function parseSelection(text: string): Selection {
  if (text === '') return [];
  if (!slicePattern.test(text)) {
    throw new TesseraError('unprocessable', `The slice "${text}" is not a list such as "0,1:3,::2": one item an axis, no spaces, no ellipsis.`, { parameter: 'slice' });
  }
  return text.split(',').map(parseItem);
}

function parseItem(text: string): SelectionItem {
  if (text === '') throw new TesseraError('invalid_argument', 'Invalid slice part: ""');
  const parts = text.split(':').map((part) => (part === '' ? undefined : parseInteger(part)));
  if (parts.length === 1) return { kind: 'index', index: parts[0]! };
  const [start, stop, step] = parts;
  return {
    kind: 'slice',
    ...(start === undefined ? {} : { start }),
    ...(stop === undefined ? {} : { stop }),
    ...(step === undefined ? {} : { step }),
  };
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TesseraError('invalid_argument', `${text} is too large a number for a slice.`);
  return value + 0; // "-0" is 0
}

import { TesseraError, type SortItem } from '@tessera/domain';
import { refuse, valuesOf, type RawQuery } from './parse-parameters.ts';

const sortPattern = /^(?:[+-][a-zA-Z0-9_.]*|[a-zA-Z0-9_.]+)?$/;

/**
 * Reads `sort=key`, `sort=-key`, repeatable; a sign alone is the default order.
 * @throws TesseraError unprocessable for what is no key, invalid_argument for a key given twice or a sign that is not last.
 */
export function parseSort(query: unknown): SortItem[] {
  // An unescaped plus in a query means a blank.
  const texts = valuesOf((query ?? {}) as RawQuery, 'sort').map((text) => text.replace(/^ /, '+'));
  texts.forEach((text, index) => {
    if (!sortPattern.test(text)) refuse([{ type: 'string_pattern_mismatch', loc: ['query', 'sort', index], msg: `String should match pattern '${sortPattern.source}'`, input: text }]);
  });
  const items = texts.filter((text) => text !== '');
  const seen = new Set<string>();
  return items.map((text, index) => {
    const name = text.replace(/^[+-]/, '');
    const direction = text.startsWith('-') ? -1 : 1;
    if (name === '' && index < items.length - 1) throw new TesseraError('invalid_argument', 'The default order, a sign alone, must come last in sort.');
    if (seen.has(name)) throw new TesseraError('invalid_argument', `Duplicate sorting key: ${name}`);
    seen.add(name);
    return { key: sortKey(name), direction };
  });
}

function sortKey(name: string): SortItem['key'] {
  if (name === '' || name === '_') return { column: 'default' };
  if (name === 'id') return { column: 'id' };
  return { metadata: name.replace(/^metadata\./, '').split('.') };
}

/** Whether listings come in the order of creation, or its reverse: only then can a cursor go on. */
export function isDefaultOrder(sort: readonly SortItem[]): boolean {
  return sort.every(({ key }) => 'column' in key && key.column === 'default');
}

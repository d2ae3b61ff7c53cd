import type { ComparisonOperator } from '@tessera/domain';
import { isTrue } from './truth.ts';

/** How the value of a row compares with the one asked for: below 0, 0, or above. */
export type Order = (row: number) => number;

/** Marks the rows that compare as asked. */
export function matchByOrder(op: ComparisonOperator, order: Order, truth: Uint8Array): void {
  const { length } = truth;
  switch (op) {
    case 'eq': for (let row = 0; row < length; row++) if (order(row) === 0) truth[row] = isTrue; return;
    case 'ne': for (let row = 0; row < length; row++) if (order(row) !== 0) truth[row] = isTrue; return;
    case 'lt': for (let row = 0; row < length; row++) if (order(row) < 0) truth[row] = isTrue; return;
    case 'le': for (let row = 0; row < length; row++) if (order(row) <= 0) truth[row] = isTrue; return;
    case 'gt': for (let row = 0; row < length; row++) if (order(row) > 0) truth[row] = isTrue; return;
    case 'ge': for (let row = 0; row < length; row++) if (order(row) >= 0) truth[row] = isTrue; return;
  }
}

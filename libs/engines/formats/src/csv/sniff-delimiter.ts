import { isTesseraError } from '@tessera/domain';
import { RecordSplitter } from '@tessera/arrow';

const candidates = [',', ';', '\t', '|'];
const maxRecordCount = 100;

/**
 * What stands between the fields of a CSV file, from its first bytes: the usual delimiter if it cuts all records into as
 * many fields as the first, two at least; else the first other one that does; else the usual one.
 */
export function sniffDelimiter(head: Uint8Array, isWhole: boolean, usual: string): string {
  const fitting = [usual, ...candidates].find((delimiter) => isEven(fieldCounts(head, isWhole, delimiter)));
  return fitting ?? usual;
}

/** Missing values at the end of a row may be left out; one field more than the header is a column of row names. */
function isEven(counts: readonly number[]): boolean {
  const [first = 0, ...rest] = counts;
  return first > 1 && rest.every((count) => count > 1 && count <= first + 1);
}

function fieldCounts(head: Uint8Array, isWhole: boolean, delimiter: string): number[] {
  const counts: number[] = [];
  try {
    for (const { count } of new RecordSplitter(delimiter.charCodeAt(0)).push(head, isWhole)) {
      counts.push(count);
      if (counts.length === maxRecordCount) break;
    }
  } catch (error) {
    // A quote that is open at the end; what was cut before it counts.
    if (!isTesseraError(error, 'gone')) throw error;
  }
  return counts;
}

// Text and binary columns against bytes. Bytes of UTF-8 have the order of code points.
import { valueBytes } from '@tessera/arrow';
import type { ComparisonOperator } from '@tessera/domain';
import { Type, type Data } from 'apache-arrow';
import { matchByOrder, type Order } from './match-order.ts';
import { isTrue } from './truth.ts';

/** Where the bytes of a row lie, for columns that are one run of bytes. */
interface Runs {
  readonly values: Uint8Array;
  readonly starts: ArrayLike<number>;
}

export function compareByteValues(data: Data, op: ComparisonOperator, value: Uint8Array, truth: Uint8Array): void {
  const order = orderOf(data, value, op === 'eq' || op === 'ne');
  matchByOrder(op, order, truth);
}

/** Rows whose bytes are one of these. */
export function findByteValues(data: Data, wanted: readonly Uint8Array[], truth: Uint8Array): void {
  const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  const known = new Set(wanted.map(textOf));
  const lengths = new Set(wanted.map(({ byteLength }) => byteLength));
  const bytesOf = valueBytes(data);
  for (let row = 0; row < truth.length; row++) {
    if (data.nullCount > 0 && !data.getValid(row)) continue;
    const bytes = bytesOf(row);
    if (lengths.has(bytes.byteLength) && known.has(textOf(bytes))) truth[row] = isTrue;
  }
}

/** Less than, equal or greater than 0 as the row's bytes are to the value. If only equality counts, a difference in length tells. */
function orderOf(data: Data, value: Uint8Array, isEquality: boolean): Order {
  const runs = runsOf(data);
  if (!runs) {
    const bytesOf = valueBytes(data);
    return (row) => (data.nullCount > 0 && !data.getValid(row) ? 1 : Buffer.compare(bytesOf(row), value));
  }
  const { values, starts } = runs;
  const { byteLength } = value;
  return (row) => {
    const start = starts[row]!;
    const rowByteLength = starts[row + 1]! - start;
    if (isEquality && rowByteLength !== byteLength) return 1;
    const common = rowByteLength < byteLength ? rowByteLength : byteLength;
    for (let i = 0; i < common; i++) {
      const difference = values[start + i]! - value[i]!;
      if (difference !== 0) return difference;
    }
    return rowByteLength - byteLength;
  };
}

function runsOf(data: Data): Runs | undefined {
  const values = data.values as Uint8Array;
  const offsets = data.valueOffsets as unknown;
  if (data.typeId === Type.FixedSizeBinary) {
    const { byteWidth } = data.type as unknown as { byteWidth: number };
    return { values, starts: Float64Array.from({ length: data.length + 1 }, (_, row) => row * byteWidth) };
  }
  if (offsets instanceof Int32Array) return { values, starts: offsets };
  return offsets instanceof BigInt64Array ? { values, starts: Float64Array.from(offsets, Number) } : undefined;
}

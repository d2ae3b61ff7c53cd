// HDF5 spec IV.A.2.b "The Dataspace Message", versions 1 and 2.
import type { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../damage.ts';
import { maxRank } from '../limits.ts';

export interface Dataspace {
  /** Null: no data at all, not even one element. */
  readonly isNull: boolean;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** Infinity where unlimited. */
  readonly maxShape: readonly number[];
}

export function parseDataspace(cursor: ByteCursor, lengthSize: number): Dataspace {
  const version = cursor.expectVersion('dataspace', 1, 2);
  const rank = cursor.u8();
  const flags = cursor.u8();
  const isNull = cursor.u8() === 2 && version === 2;
  if (version === 1) cursor.skip(4);
  if (rank > maxRank) throw damaged(`an array has ${rank} dimensions`);
  const shape = Array.from({ length: rank }, () => cursor.length());
  const maxShape = (flags & 1) !== 0 ? shape.map(() => cursor.optionalUint(lengthSize) ?? Infinity) : shape;
  return { isNull, shape, maxShape };
}

import { TesseraError, elementCount, type AxisChunks } from '@tessera/domain';

/** numpy's limit is 64; nothing that is no attack has more. */
const maxRank = 64;

/** A shape as metadata give it. @throws TesseraError gone if it is none, or its elements cannot be counted exactly. */
export function checkShape(value: unknown, itemsize: number): number[] {
  if (!Array.isArray(value) || value.length > maxRank || !value.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new TesseraError('gone', `The shape ${JSON.stringify(value)} is not a list of lengths.`);
  }
  const byteLength = elementCount(value as number[]) * Math.max(itemsize, 1);
  // A zero-length axis must not hide others that are beyond counting.
  const bound = (value as number[]).reduce((product, length) => product * Math.max(length, 1), 1) * Math.max(itemsize, 1);
  if (!Number.isSafeInteger(byteLength) || !Number.isSafeInteger(bound)) throw new TesseraError('gone', `An array of shape ${JSON.stringify(value)} is too large.`);
  return value as number[];
}

/** Regular chunk lengths for a shape. @throws TesseraError gone if they do not fit it. */
export function checkChunks(value: unknown, shape: readonly number[]): AxisChunks[] {
  const fits = Array.isArray(value) && value.length === shape.length
    && value.every((length, axis) => Number.isSafeInteger(length) && (length > 0 || (length === 0 && shape[axis] === 0)));
  if (!fits) throw new TesseraError('gone', `The chunks ${JSON.stringify(value)} do not fit the shape ${JSON.stringify(shape)}.`);
  return (value as number[]).map((length) => Math.max(length, 1));
}

/** Names of all axes, if each has one. */
export function checkDims(value: unknown, rank: number): string[] | undefined {
  return Array.isArray(value) && rank > 0 && value.length === rank && value.every((name) => typeof name === 'string') ? (value as string[]) : undefined;
}

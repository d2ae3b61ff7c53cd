import { TesseraError } from '@tessera/domain';

/** How node-postgres asks for the parser of a type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the driver's own signature
export type ServerTypeParser = (oid: any, format?: any) => any;

/** A `bigint` of the database as a number. @throws TesseraError internal if it is too large to be exact. */
export function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TesseraError('internal', 'A stored number is too large.');
  return value;
}

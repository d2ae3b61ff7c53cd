import { TesseraError, type PageRequest, type SortItem } from '@tessera/domain';
import type { ParameterReader } from './parse-parameters.ts';
import { isDefaultOrder } from './parse-sort.ts';

const defaultLimit = 100;
const maxLimit = 300;

/** Reads page[offset], page[cursor] and page[limit]. @throws TesseraError invalid_argument for places that contradict each other. */
export function parsePage(reader: ParameterReader, sort: readonly SortItem[]): PageRequest {
  const offset = reader.integer('page[offset]', 0);
  const cursor = reader.integer('page[cursor]', 0);
  const limit = reader.integer('page[limit]', 0, maxLimit) ?? defaultLimit;
  reader.check();
  if (offset !== undefined && cursor !== undefined) throw new TesseraError('invalid_argument', 'Give page[offset] or page[cursor], not both.');
  if (cursor !== undefined && !isDefaultOrder(sort)) throw new TesseraError('invalid_argument', 'page[cursor] goes on in the default order only; with sort use page[offset].');
  return { limit, ...(offset ? { offset } : {}), ...(cursor === undefined ? {} : { cursor }) };
}

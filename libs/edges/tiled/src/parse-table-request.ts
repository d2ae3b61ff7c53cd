// Which part of a table a request names, by query or in the body of a POST.
import { TesseraError, allOf, checkTableFilter, filteredColumns, parseTableFilter, type RowRange, type TableFilter, type TableRequest } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { parseNames } from './parse-columns.ts';
import { refuse, valuesOf, type RawQuery } from './parse-parameters.ts';

type TableSelection = Pick<TableRequest, 'columns' | 'rows' | 'filter'>;

const rowsPattern = /^(\d*):(\d*)$/;
const bodyKeys: readonly string[] = ['columns', 'rows', 'filter'];

/**
 * Reads `column` (or `field`), `rows` and `filter`, of which several must all be true. The body of a POST is a list of
 * columns, or an object of `columns`, `rows` and `filter`; its filter is added to those of the query.
 * @throws TesseraError unprocessable for rows that are none and bodies of another form, invalid_argument for a filter that is none.
 */
export function parseTableRequest(request: FastifyRequest): TableSelection {
  const { method } = request;
  const query = request.query as RawQuery;
  const body = bodyOf(request);
  const columns = parseNames({ method, query, body: body ? body['columns'] : request.body }, ['column', 'field']);
  const rows = parseRows(valuesOf(query, 'rows').at(-1) ?? body?.['rows']);
  const filter = allOf([...valuesOf(query, 'filter').map(parseTableFilter), ...filtersOf(body?.['filter'])]);
  return { ...(columns ? { columns } : {}), ...(rows ? { rows } : {}), ...(filter ? { filter } : {}) };
}

/** @throws TesseraError invalid_argument for a column that is not there. */
export function checkFiltered(filter: TableFilter, known: readonly string[]): void {
  const names = new Set(known);
  for (const name of filteredColumns(filter)) {
    if (!names.has(name)) throw new TesseraError('invalid_argument', `No such field ${name}.`, { column: name, parameter: 'filter' });
  }
}

/** The body, if it is an object with no other keys than these. */
function bodyOf({ method, body }: FastifyRequest): Readonly<Record<string, unknown>> | undefined {
  if (method !== 'POST' || typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  return Object.keys(body).every((key) => bodyKeys.includes(key)) ? (body as Readonly<Record<string, unknown>>) : undefined;
}

function filtersOf(given: unknown): TableFilter[] {
  if (given === undefined || given === null) return [];
  return [typeof given === 'string' ? parseTableFilter(given) : checkTableFilter(given)];
}

function parseRows(given: unknown): RowRange | undefined {
  if (given === undefined || given === null) return undefined;
  const match = typeof given === 'string' ? rowsPattern.exec(given) : undefined;
  const start = Number(match?.[1] ?? '');
  const stop = match?.[2] ? Number(match[2]) : undefined;
  if (!match || !Number.isSafeInteger(start) || !Number.isSafeInteger(stop ?? 0)) {
    return refuse([{ type: 'string_pattern_mismatch', loc: ['query', 'rows'], msg: 'Rows are START:STOP, two numbers from 0 of which either may be left out', input: typeof given === 'string' ? given.slice(0, 100) : null }]);
  }
  return stop === undefined ? { start } : { start, stop };
}

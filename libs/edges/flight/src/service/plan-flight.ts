import { formatNodePath, resolveSelection, selectedShape, TesseraError, type ArrayRequest, type AxisRange, type ChunkGrid, type DataType, type Resolved, type SelectionItem, type TableRequest, type TableStructure } from '@tessera/domain';
import type { FlightSelection } from '../access/flight-tickets.ts';
import type { FlightQuery } from '../commands/flight-query.ts';
import { planPartitions } from './plan-endpoints.ts';

const mediaType = 'application/vnd.apache.arrow.stream';

/** How a query is answered: what each endpoint gives, and what is known of it before. */
export interface FlightPlan {
  /** A part with the same schema and no rows, or hardly any. */
  readonly probe: FlightSelection;
  readonly parts: readonly FlightSelection[];
  /** Undefined if only reading tells. */
  readonly totalRecords?: number;
  readonly totalByteLength?: number;
}

/** @throws TesseraError invalid_argument if the query does not fit the node, unsupported if the node has no batches of its own. */
export function planFlight({ node, column }: Resolved, query: FlightQuery): FlightPlan {
  const { structure } = node;
  switch (structure.family) {
    case 'table': return planTable(structure.table, column === undefined ? query : ofColumn(column, query));
    case 'array': return planArray(structure.array, query);
    case 'sparse': return planSparse(query);
    default:
      throw new TesseraError('unsupported', `${named(query)} is of the structure family ${structure.family}, which has no batches of its own. List what is below it by ListFlights.`);
  }
}

function ofColumn(column: string, query: FlightQuery): FlightQuery {
  if (query.columns !== undefined) throw new TesseraError('invalid_argument', `${named(query)} is a column already: leave "columns" out.`);
  return { ...query, columns: [column] };
}

function planTable(table: TableStructure, query: FlightQuery): FlightPlan {
  if (query.selection !== undefined) throw new TesseraError('invalid_argument', `${named(query)} is a table: "slice" is for arrays, a table has "columns", "rows" and "filter".`);
  const { columns, rows, filter } = query;
  const unknown = columns?.find((column) => !table.columns.includes(column));
  if (unknown !== undefined) throw new TesseraError('invalid_argument', `${named(query)} has no column ${JSON.stringify(unknown.slice(0, 200))}.`);
  const whole: TableRequest = { mediaType, ...(columns ? { columns } : {}), ...(filter ? { filter } : {}) };
  const partitions = planPartitions(table, query);
  return {
    probe: { table: { ...whole, rows: { start: 0, stop: 0 } } },
    parts: partitions ? partitions.map((range) => ({ table: { ...whole, partitions: range } })) : [{ table: { ...whole, ...(rows ? { rows } : {}) } }],
    ...(table.rowCount === undefined || filter ? {} : { totalRecords: rowsWithin(rows, table.rowCount) }),
  };
}

function rowsWithin(rows: FlightQuery['rows'], rowCount: number): number {
  return rows ? Math.max(0, Math.min(rows.stop ?? rowCount, rowCount) - rows.start) : rowCount;
}

function planArray({ shape, dataType }: ChunkGrid & { readonly dataType: DataType }, query: FlightQuery): FlightPlan {
  refuseTableTerms(query);
  const selection = query.selection ?? [];
  const ranges = resolveSelection(selection, shape);
  const selected = selectedShape(ranges);
  return {
    probe: { array: { mediaType, selection: withoutRows(selection, ranges) } },
    parts: [{ array: { mediaType, selection } }],
    totalRecords: selected[0] ?? 1,
    totalByteLength: selected.reduce((product, length) => product * length, dataType.itemsize),
  };
}

function planSparse(query: FlightQuery): FlightPlan {
  refuseTableTerms(query);
  const request: ArrayRequest = { mediaType, selection: query.selection ?? [] };
  return { probe: { array: request }, parts: [{ array: request }] };
}

function refuseTableTerms(query: FlightQuery): void {
  if (query.columns === undefined && query.rows === undefined && query.filter === undefined) return;
  throw new TesseraError('invalid_argument', `${named(query)} is an array: ask for a "slice" of it; "columns", "rows" and "filter" are for tables.`);
}

/** The same selection of nothing: the first axis that stays is empty. */
function withoutRows(selection: readonly SelectionItem[], ranges: readonly AxisRange[]): readonly SelectionItem[] {
  const first = ranges.findIndex((range) => !range.dropped);
  return ranges.map((_, axis) => (axis === first ? { kind: 'slice', start: 0, stop: 0 } : selection[axis] ?? { kind: 'slice' }));
}

function named({ path }: FlightQuery): string {
  return path.length === 0 ? 'The root' : formatNodePath(path).slice(0, 200);
}

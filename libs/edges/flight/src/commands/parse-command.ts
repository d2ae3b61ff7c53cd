// Commands are JSON: {"path": "run/events", "columns": ["x"], "rows": {"start": 0, "stop": 10}, "filter": {…}} for tables,
// {"path": "run/image", "slice": "0:10,::2"} for arrays.
import { checkTableFilter, parseSelection, parseTableFilter, TesseraError, type NodePath, type RowRange, type TableFilter } from '@tessera/domain';
import type { FlightQuery } from './flight-query.ts';
import { pathOfSegments } from './path-of-segments.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const maxCommandByteLength = 4 * 2 ** 20;
const names = ['path', 'columns', 'rows', 'filter', 'slice', 'format'];

/** @throws TesseraError invalid_argument that says what is wrong, unsupported for commands of Flight SQL. */
export function parseCommand(command: Uint8Array): FlightQuery {
  const fields = parseJsonObject(command, 'A command', names);
  const { path, columns, rows, filter, slice, format } = fields;
  if (format !== undefined && format !== 'arrow') refuse('Flight carries Arrow record batches only: leave "format" out, or ask for other formats over HTTP.');
  return {
    path: readPath(path, 'A command'),
    ...(columns === undefined ? {} : { columns: readTexts(columns, 'columns') }),
    ...(rows === undefined ? {} : { rows: readRows(rows) }),
    ...(filter === undefined ? {} : { filter: readFilter(filter) }),
    ...(slice === undefined ? {} : { selection: parseSelection(readText(slice, 'slice')) }),
  };
}

/** A JSON object with some of the names and no others. @throws TesseraError invalid_argument. */
export function parseJsonObject(bytes: Uint8Array, what: string, allowed: readonly string[]): JsonObject {
  if (bytes.byteLength > maxCommandByteLength) refuse(`${what} has at most ${maxCommandByteLength} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    refuse(`${what} is JSON, such as {"path": "run/events"}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${what} is a JSON object, such as {"path": "run/events"}.`);
  const unknown = Object.keys(value).filter((name) => !allowed.includes(name));
  if (unknown.length > 0) refuse(`${what} has no "${unknown[0]!.slice(0, 100)}": it has ${allowed.join(', ')}.`);
  return value as JsonObject;
}

/** A path as one text with slashes, or as a list of keys. */
export function readPath(value: unknown, what: string): NodePath {
  if (typeof value === 'string') return pathOfSegments([value]);
  if (Array.isArray(value) && value.every((key) => typeof key === 'string')) return pathOfSegments(value);
  return refuse(`${what} names a "path": a text with slashes, or a list of keys.`);
}

export function readText(value: unknown, name: string): string {
  return typeof value === 'string' ? value : refuse(`"${name}" is a text.`);
}

function readTexts(value: unknown, name: string): readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : refuse(`"${name}" is a list of texts.`);
}

/** `{"start": 0, "stop": 10}` or `[0, 10]`; both ends may be left out. */
function readRows(value: unknown): RowRange {
  const isRange = typeof value === 'object' && value !== null;
  const [start = 0, stop, ...more] = Array.isArray(value) ? (value as unknown[]) : isRange ? [(value as JsonObject)['start'], (value as JsonObject)['stop']] : [NaN];
  const isOther = isRange && !Array.isArray(value) && Object.keys(value).some((name) => name !== 'start' && name !== 'stop');
  const isCount = (each: unknown): each is number => Number.isSafeInteger(each) && (each as number) >= 0;
  if (more.length > 0 || isOther || !isCount(start) || !(stop === undefined || stop === null || isCount(stop))) {
    return refuse('"rows" is {"start": 0, "stop": 10} or [0, 10]: numbers of rows from the first, which is 0, up to the one before "stop".');
  }
  return { start, ...(stop === undefined || stop === null ? {} : { stop }) };
}

/** As an object, or as its JSON: then large integers keep all their digits. */
function readFilter(value: unknown): TableFilter {
  return typeof value === 'string' ? parseTableFilter(value) : checkTableFilter(value);
}

function refuse(message: string): never {
  throw new TesseraError('invalid_argument', message);
}

import { checkQuery, type NodePath, type Query } from '@tessera/domain';
import { pathOfSegments } from './path-of-segments.ts';
import { parseJsonObject, readPath, readText } from './parse-command.ts';
import { readQuery } from './read-query.ts';

/** What ListFlights is to list: all below a node, or below those of its children that a search finds. */
export interface FlightCriteria {
  readonly path: NodePath;
  readonly query?: Query;
}

/**
 * Reads criteria: nothing, a path, or JSON `{"path": "run", "text": "…", "query": {…}}`.
 * @throws TesseraError invalid_argument that says what is wrong.
 */
export function parseCriteria(expression: Uint8Array): FlightCriteria {
  if (expression[0] !== 0x7b /* { */) return { path: pathOfSegments([Buffer.from(expression).toString('utf8')]) };
  const { path = '', text, query } = parseJsonObject(expression, 'A search', ['path', 'text', 'query']);
  const queries: Query[] = [
    ...(text === undefined ? [] : [{ op: 'fulltext', text: readText(text, 'text') } as const]),
    ...(query === undefined ? [] : [readQuery(query)]),
  ];
  const whole: Query | undefined = queries.length > 1 ? { op: 'and', queries } : queries[0];
  if (whole) checkQuery(whole);
  return { path: readPath(path, 'A search'), ...(whole ? { query: whole } : {}) };
}

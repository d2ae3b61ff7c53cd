import { TesseraError } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { refuse, valuesOf, type RawQuery } from './parse-parameters.ts';

/** What is wrong is said of so many items, and of no more text than this: bodies may be long. */
const maxProblems = 20;
const maxEchoLength = 1000;

/**
 * The columns or fields a request names: by query (`column`, or `field` in older clients), or by the body of a POST.
 * Undefined = all.
 * @throws TesseraError invalid_argument if both parameters are given, unprocessable if the body is no list of texts.
 */
export function parseNames({ method, query, body }: Pick<FastifyRequest, 'method' | 'query' | 'body'>, parameters: readonly string[]): string[] | undefined {
  const given = parameters.map((name) => valuesOf(query as RawQuery, name)).filter((values) => values.length > 0);
  if (given.length > 1) throw new TesseraError('invalid_argument', `Give ${parameters.join(' or ')}, not both.`);
  if (given[0]) return given[0];
  if (method !== 'POST') return undefined;
  if (body === undefined || body === null) return undefined;
  if (!Array.isArray(body)) return refuse([{ type: 'list_type', loc: ['body'], msg: 'Input should be a valid list', input: echo(body) }]);
  const wrong = [...body.entries()].filter(([, item]) => typeof item !== 'string').slice(0, maxProblems);
  if (wrong.length > 0) refuse(wrong.map(([index, item]) => ({ type: 'string_type', loc: ['body', index], msg: 'Input should be a valid string', input: echo(item) })));
  return body as string[];
}

/** @throws TesseraError invalid_argument for a name that is not there, or is given twice. */
export function checkNames(names: readonly string[] | undefined, known: readonly string[]): void {
  const left = new Set(known);
  for (const name of names ?? []) {
    if (left.delete(name)) continue;
    throw new TesseraError('invalid_argument', known.includes(name) ? `The field ${name} is given twice.` : `No such field ${name}.`);
  }
}

/** A value as it came, if it is short; what is nested too deep has no text at all. */
function echo(value: unknown): unknown {
  try {
    if ((JSON.stringify(value)?.length ?? 0) <= maxEchoLength) return value;
  } catch {
    // As one that is too long.
  }
  return '…';
}

// A query tree as an SQL condition on `search.documents` under the alias `d`. Pure: nothing is run here.
// What each operation means is said, and tested, by `matchQuery` of the domain.
import { metadataValue } from '@tessera/database';
import { fullTextWords, type Json, type MetadataPath, type Query } from '@tessera/domain';
import { sql, type RawBuilder } from 'kysely';
import { toPostgresPattern } from './regex-pattern.ts';

type Condition = RawBuilder<unknown>;
type QueryOf<Op extends Query['op']> = Extract<Query, { readonly op: Op }>;

/**
 * The condition is true or, for a node that does not match, false or null: a missing key makes a comparison
 * null. Only `not` must tell the two from true, and does.
 */
export function queryToSql(query: Query): Condition {
  switch (query.op) {
    case 'and': return join(query.queries, ' and ', sql`true`);
    case 'or': return join(query.queries, ' or ', sql`false`);
    case 'not': return sql`(not coalesce(${queryToSql(query.query)}, false))`;
    case 'fulltext': return fullTextToSql(query.text);
    case 'specs': return sql`(d.specs @> ${query.include}::text[] and not d.specs && ${query.exclude}::text[])`;
    case 'family': return sql`d.family = ${query.family}`;
    case 'keys': return sql`d.key = any(${query.keys}::text[])`;
    default: return valueToSql(query, metadataValue(sql`d.metadata`, query.key));
  }
}

function valueToSql(query: QueryOf<'eq' | 'noteq' | 'compare' | 'contains' | 'in' | 'notin' | 'regex' | 'like' | 'present'>, value: Condition): Condition {
  switch (query.op) {
    case 'present': return query.present ? sql`${value} is not null` : sql`${value} is null`;
    // What is equal is also contained: that half is what the index on metadata answers.
    case 'eq': return sql`(d.metadata @> ${json(nest(query.key, query.value))} and ${value} = ${json(query.value)})`;
    case 'noteq': return sql`${value} <> ${json(query.value)}`;
    case 'in': return sql`${value} = any(array(select jsonb_array_elements(${json(query.values)})))`;
    case 'notin': return query.values.length === 0 ? sql`true` : sql`${value} <> all(array(select jsonb_array_elements(${json(query.values)})))`;
    case 'compare': return compareToSql(query, value);
    case 'contains': return containsToSql(query.value, value);
    case 'regex': return sql`${stringOf(value)} ${query.caseSensitive ? sql`~` : sql`~*`} ${toPostgresPattern(query.pattern)}::text`;
    // Without an escape character a backslash is a backslash, and no pattern is an error.
    case 'like': return sql`${stringOf(value)} like ${query.pattern}::text escape ''`;
  }
}

const operators = { lt: sql`<`, gt: sql`>`, le: sql`<=`, ge: sql`>=` } as const;

function compareToSql(query: QueryOf<'compare'>, value: Condition): Condition {
  const operator = operators[query.operator];
  // jsonb orders strings by the collation of the database; ours are ordered by code point everywhere.
  if (typeof query.value === 'string') return sql`${stringOf(value)} collate "C" ${operator} ${query.value}::text`;
  return sql`(jsonb_typeof(${value}) = ${typeof query.value}::text and ${value} ${operator} ${json(query.value)})`;
}

function containsToSql(wanted: Json, value: Condition): Condition {
  const list = sql`case when jsonb_typeof(${value}) = 'array' then ${value} else '[]' end`;
  const member = sql`exists (select 1 from jsonb_array_elements(${list}) as item (value) where item.value = ${json(wanted)})`;
  return typeof wanted === 'string' ? sql`(${member} or strpos(${stringOf(value)}, ${wanted}::text) > 0)` : member;
}

function fullTextToSql(text: string): Condition {
  const words = [...new Set(fullTextWords(text))];
  return words.length === 0 ? sql`false` : sql`d.words @> ${words}::text[]`;
}

/** The text of a jsonb string; null for all other values. */
const stringOf = (value: Condition) => sql`(case when jsonb_typeof(${value}) = 'string' then ${value} #>> '{}' end)`;

const json = (value: Json) => sql`${JSON.stringify(value)}::jsonb`;

/** An object with the value at the path. */
function nest(path: MetadataPath, value: Json): Json {
  // Entries, not a literal: a key may be `__proto__`.
  return path.reduceRight<Json>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

function join(queries: readonly Query[], separator: string, none: Condition): Condition {
  if (queries.length === 0) return none;
  return sql`(${sql.join(queries.map(queryToSql), sql.raw(separator))})`;
}

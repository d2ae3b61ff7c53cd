import { TesseraError, type Json, type JsonObject } from '@tessera/domain';
import jmespath from 'jmespath';

/** Longer expressions are no selections of metadata but work for the server. */
const maxLength = 2000;

/**
 * A JMESPath expression as a function on metadata; its result stands under `selected`.
 * @throws TesseraError invalid_argument if it is not one; the function throws the same if the expression does not fit the values.
 */
export function parseSelectMetadata(expression: string): (metadata: JsonObject) => JsonObject {
  if (expression.length > maxLength) throw new TesseraError('invalid_argument', `select_metadata is longer than ${maxLength} characters.`);
  // The types of the package leave `compile` out.
  attempt(() => (jmespath as unknown as { compile(text: string): unknown }).compile(expression));
  return (metadata) => ({ selected: attempt(() => plainJson(jmespath.search(metadata, expression))) });
}

function attempt<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new TesseraError('invalid_argument', `Malformed 'select_metadata' parameter raised JMESPathError: ${(error as Error).message}`);
  }
}

/** Expressions can reach what objects inherit, such as functions; only JSON gets out. */
function plainJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
}

// One line of JSON as an object whose numbers are exact: what a JavaScript number would not tell stays as it is written.

/** A number as it is written (the "JSON.parse source text access" proposal, which V8 has; TypeScript does not know it yet). */
export interface RawNumber {
  readonly rawJSON: string;
}

const json = JSON as typeof JSON & {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

export const isRawNumber = (value: unknown): value is RawNumber => json.isRawJSON(value);

/** Numbers that may need it; most lines have none, and are parsed several times faster. */
const needsSource = /\d[.eE]|\d{16}/;

/**
 * A row; undefined if the line is blank. Integers that a double does not hold, and whole numbers written with a
 * fraction or exponent, are `RawNumber`. @throws SyntaxError; TypeError if the line is no object, or no UTF-8.
 */
export function parseLine(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const text = decoder.decode(bytes);
  if (text.trim() === '') return undefined;
  const value: unknown = needsSource.test(text) ? JSON.parse(text, withSource as never) : JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('A line is not an object.');
  return value as Record<string, unknown>;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function withSource(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || source === undefined) return value;
  return Number.isSafeInteger(value) && !/[.eE]/.test(source) ? value : json.rawJSON(source);
}

/**
 * A regular expression in the dialect that Python and JavaScript share, in PostgreSQL's (manual, "Regular
 * Expression Details"): there `\b` is a backspace and `\y` the edge of a word, and groups have no names.
 * Matched one token at a time, so that an escaped backslash is no escape and brackets keep their content.
 */
export function toPostgresPattern(pattern: string): string {
  return pattern.replace(/\[\^?\]?(?:\\.|[^\]\\])*\]|\\[\s\S]|\(\?P?<(?![=!])\w+>/g, (token) => translations[token] ?? (token.startsWith('(?') ? '(' : token));
}

const translations: Readonly<Record<string, string>> = { '\\b': '\\y', '\\B': '\\Y', '\\z': '\\Z' };

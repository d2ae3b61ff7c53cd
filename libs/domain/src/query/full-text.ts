import type { Json, JsonObject } from '../node/node.ts';

/** Longer words count by their beginning: no one looks for the rest, and an index entry has a limit. */
const maxWordCharacters = 100;
/** Different words of one node that are searched for; a text longer than that is data, not a description. */
const maxWords = 20_000;

/**
 * The words of a text: runs of letters and digits of any script, in lower case. All else separates, so no
 * punctuation is ever an error.
 */
export function fullTextWords(text: string): string[] {
  const words = text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.map((word) => (word.length <= maxWordCharacters ? word : [...word].slice(0, maxWordCharacters).join('')));
}

/** Different words of all strings in the metadata, however deep; keys and numbers are not among them. */
export function metadataWords(metadata: JsonObject): ReadonlySet<string> {
  const words = new Set<string>();
  const rest: Json[] = [metadata];
  while (rest.length > 0 && words.size < maxWords) {
    const value = rest.pop()!;
    if (typeof value === 'string') addWords(words, value);
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) rest.push(item);
  }
  return words;
}

function addWords(words: Set<string>, text: string): void {
  for (const word of fullTextWords(text)) {
    if (words.size >= maxWords) return;
    words.add(word);
  }
}

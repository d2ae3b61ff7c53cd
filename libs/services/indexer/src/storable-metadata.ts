import type { IndexedNode, Json, JsonObject } from '@tessera/domain';

/** Deeper than any honest metadata, and not too deep for any encoder of JSON or MessagePack. */
const maxDepth = 256;

/**
 * A node whose metadata any catalog can store: NUL and halves of surrogate pairs, which PostgreSQL's text has not,
 * become U+FFFD. A problem if they are nested too deep. The same object if there is nothing to mend.
 */
export function withStorableMetadata(node: IndexedNode): IndexedNode {
  if (isTooDeep(node.metadata, maxDepth)) {
    const { manifest: _unreadable, ...rest } = node;
    return { ...rest, structure: { family: 'container' }, metadata: {}, problem: `The metadata are nested more than ${maxDepth} levels deep.` };
  }
  return isStorable(node.metadata) ? node : { ...node, metadata: mend(node.metadata) as JsonObject };
}

function isTooDeep(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((item) => isTooDeep(item as Json, depth - 1));
}

function isStorable(value: Json): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => isStorableText(key) && isStorable(item as Json));
}

function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function mend(value: Json): Json {
  if (typeof value === 'string') return mendText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(mend);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mendText(key), mend(item as Json)]));
}

function mendText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

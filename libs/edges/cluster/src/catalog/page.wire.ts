// Pages, page requests and sort orders ⇄ messages; the search port uses them too.
import type { Page, PageRequest, SortItem } from '@tessera/domain';
import { present } from './node.wire.ts';

export interface PageRequestMessage {
  limit?: number;
  offset?: number | undefined;
  cursor?: number | undefined;
}

export interface SortItemMessage {
  column?: string | undefined;
  metadata?: readonly string[];
  direction?: number;
}

export interface PageEndMessage {
  count?: number | undefined;
  nextCursor?: number | undefined;
  nextOffset?: number | undefined;
}

export function encodePageRequest(page: PageRequest): PageRequestMessage {
  return { limit: page.limit, offset: page.offset, cursor: page.cursor };
}

export function decodePageRequest(message: PageRequestMessage | null | undefined): PageRequest {
  return { limit: message?.limit ?? 0, ...present('offset', message?.offset), ...present('cursor', message?.cursor) };
}

export function encodeSort(sort: readonly SortItem[]): SortItemMessage[] {
  return sort.map(({ key, direction }) => ('column' in key ? { column: key.column, direction } : { metadata: key.metadata, direction }));
}

export function decodeSort(messages: readonly SortItemMessage[] | undefined): SortItem[] {
  return (messages ?? []).map((message) => ({
    key: message.column === undefined ? { metadata: message.metadata ?? [] } : { column: message.column as 'id' | 'default' },
    direction: (message.direction ?? 1) < 0 ? -1 : 1,
  }));
}

export function encodePageEnd(page: Page<unknown>): PageEndMessage {
  const { next } = page;
  return {
    count: page.count,
    nextCursor: next && 'cursor' in next ? next.cursor : undefined,
    nextOffset: next && 'offset' in next ? next.offset : undefined,
  };
}

export function decodePage<Item>(items: readonly Item[], end: PageEndMessage): Page<Item> {
  const { count = 0, nextCursor, nextOffset } = end;
  if (nextCursor !== undefined) return { items, count, next: { cursor: nextCursor } };
  return nextOffset === undefined ? { items, count } : { items, count, next: { offset: nextOffset } };
}

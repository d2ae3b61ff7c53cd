import { formatNodePath, type NodePath, type Page, type PageRequest } from '@tessera/domain';

export interface PageLinks {
  readonly self: string;
  readonly first: string;
  readonly next: string | null;
}

/** Links of a page of a listing. They carry the place only: the client adds filters and sorting again. */
export function pageLinks(base: string, path: NodePath, request: PageRequest, next: Page<unknown>['next']): PageLinks {
  const url = `${base}/search/${formatNodePath(path)}`;
  const at = (place: string) => `${url}?${place}page[limit]=${request.limit}`;
  return {
    self: at(request.cursor !== undefined ? `page[cursor]=${request.cursor}&` : request.offset ? `page[offset]=${request.offset}&` : ''),
    first: at(''),
    next: next === undefined ? null : at('cursor' in next ? `page[cursor]=${next.cursor}&` : `page[offset]=${next.offset}&`),
  };
}

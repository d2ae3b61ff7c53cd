import { TesseraError } from '@tessera/domain';
import type { OfferedChunk } from '@tessera/http';

/** What a key of a Zarr store holds. */
export type ZarrObject =
  | { readonly kind: 'json'; /** Of the document, in order. */ readonly pieces: readonly string[] }
  | ({ readonly kind: 'chunk' } & OfferedChunk)
  | { readonly kind: 'listing'; /** Of the group. */ readonly url: string; readonly keys: AsyncIterable<string> };

export function jsonObject(document: unknown): ZarrObject {
  return { kind: 'json', pieces: [JSON.stringify(document)] };
}

/** Clients take the absence of a document or chunk for an answer: no such node, or the fill value. */
export function absent(name: string): TesseraError {
  return new TesseraError('not_found', `There is no ${name} here.`);
}

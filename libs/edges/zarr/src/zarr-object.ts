import { TesseraError } from '@tessera/domain';

/** What a key of a Zarr store holds. */
export type ZarrObject =
  | { readonly kind: 'json'; readonly document: unknown }
  | { readonly kind: 'chunk'; readonly tag: string; /** The bytes may change under the same tag. */ readonly isVolatile: boolean; readonly read: () => Promise<Uint8Array> }
  | { readonly kind: 'listing'; readonly urls: AsyncIterable<string> };

/** Clients take the absence of a document or chunk for an answer: no such node, or the fill value. */
export function absent(name: string): TesseraError {
  return new TesseraError('not_found', `There is no ${name} here.`);
}

import { parseNodePath, type NodePath } from '@tessera/domain';

const documents = ['.zgroup', '.zarray', '.zattrs', '.zmetadata'] as const;
export type ZarrV2Document = (typeof documents)[number];

/**
 * What a key of a Zarr v2 store names (Zarr v2 specification, "Logical storage paths").
 * A last segment of numbers is a chunk if its parent turns out to be an array,
 * otherwise a node that happens to be called so: both readings are kept.
 */
export type ZarrV2Key =
  | { readonly kind: 'document'; readonly path: NodePath; readonly document: ZarrV2Document }
  | { readonly kind: 'node'; readonly path: NodePath }
  | { readonly kind: 'chunk-or-node'; readonly path: NodePath; readonly array: NodePath; readonly chunkIndex: readonly number[] };

const chunkPattern = /^\d+(?:\.\d+)*$/;

/** Reads the part of the URL below `/zarr/v2`, still percent-encoded. @throws TesseraError invalid_argument. */
export function parseZarrV2Key(encodedPath: string): ZarrV2Key {
  const path = parseNodePath(encodedPath);
  const last = path.at(-1);
  if (last === undefined) return { kind: 'node', path };
  const document = documents.find((name) => name === last);
  if (document) return { kind: 'document', path: path.slice(0, -1), document };
  if (!chunkPattern.test(last)) return { kind: 'node', path };
  return { kind: 'chunk-or-node', path, array: path.slice(0, -1), chunkIndex: last.split('.').map(Number) };
}

/** The index a chunk key gives for an array of this rank; a 0-d array has the one chunk `0`. Undefined if it does not fit. */
export function chunkIndexFor(rank: number, chunkIndex: readonly number[]): readonly number[] | undefined {
  if (rank === 0) return chunkIndex.length === 1 && chunkIndex[0] === 0 ? [] : undefined;
  return chunkIndex.length === rank ? chunkIndex : undefined;
}

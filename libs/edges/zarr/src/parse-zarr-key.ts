import { parseNodePath, type NodePath } from '@tessera/domain';

const documentsV2 = ['.zgroup', '.zarray', '.zattrs', '.zmetadata'] as const;
export type ZarrV2Document = (typeof documentsV2)[number];

/**
 * What a key of a Zarr store names. What looks like a chunk is one if it stands below an array,
 * otherwise a node that happens to be called so: both readings are kept.
 */
export type ZarrKey<Document extends string> =
  | { readonly kind: 'document'; readonly path: NodePath; readonly document: Document }
  | { readonly kind: 'node'; readonly path: NodePath }
  | { readonly kind: 'chunk-or-node'; readonly path: NodePath; readonly array: NodePath; readonly chunkIndex: readonly number[] };

const indexPattern = /^\d+$/;
const indicesPattern = /^\d+(?:\.\d+)*$/;

/**
 * Reads the part of the URL below `/zarr/v2`, still percent-encoded (Zarr v2 specification,
 * "Logical storage paths"). @throws TesseraError invalid_argument.
 */
export function parseZarrV2Key(encodedPath: string): ZarrKey<ZarrV2Document> {
  const path = parseNodePath(encodedPath);
  const last = path.at(-1);
  if (last === undefined) return { kind: 'node', path };
  const document = documentsV2.find((name) => name === last);
  if (document) return { kind: 'document', path: path.slice(0, -1), document };
  if (!indicesPattern.test(last)) return { kind: 'node', path };
  return { kind: 'chunk-or-node', path, array: path.slice(0, -1), chunkIndex: last.split('.').map(Number) };
}

/**
 * Reads the part of the URL below `/zarr/v3`, still percent-encoded: `zarr.json`, or `c` and an index
 * an axis (Zarr v3 core specification, "Default chunk key encoding"). @throws TesseraError invalid_argument.
 */
export function parseZarrV3Key(encodedPath: string): ZarrKey<'zarr.json'> {
  const path = parseNodePath(encodedPath);
  if (path.at(-1) === 'zarr.json') return { kind: 'document', path: path.slice(0, -1), document: 'zarr.json' };
  let start = path.length - 1;
  while (start >= 0 && indexPattern.test(path[start]!)) start--;
  if (start < 0 || path[start] !== 'c') return { kind: 'node', path };
  return { kind: 'chunk-or-node', path, array: path.slice(0, start), chunkIndex: path.slice(start + 1).map(Number) };
}

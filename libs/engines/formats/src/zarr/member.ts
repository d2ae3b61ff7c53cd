import { TesseraError, type ByteStore, type Call, type JsonObject, type Source } from '@tessera/domain';
import { parseArrayV2 } from './array-v2.ts';
import { parseArrayV3 } from './array-v3.ts';
import type { ParsedArray } from './parsed-array.ts';
import { attributesOf, readDocument } from './read-document.ts';

/** What a folder of a zarr hierarchy is. */
export type Member =
  | { readonly kind: 'group'; readonly metadata: JsonObject; readonly sources: readonly Source[] }
  | { readonly kind: 'array'; readonly array: ParsedArray };

/** Documents by which a folder is known as part of a hierarchy; the first that is there decides. */
export const markerNames = ['zarr.json', '.zarray', '.zgroup'] as const;

/** All documents whose change changes a node. */
export const documentNames = [...markerNames, '.zattrs'] as const;

/**
 * Reads the metadata of a folder. Consolidated copies are left alone: the documents themselves are the truth.
 * Undefined if it is no zarr folder. @throws TesseraError gone if its documents are damaged.
 */
export async function readMember(uri: string, store: ByteStore, call?: Call): Promise<Member | undefined> {
  const v3 = await readDocument(uri, 'zarr.json', store, call);
  if (v3) {
    const { document, source } = v3;
    if (document['zarr_format'] !== 3) throw new TesseraError('gone', `The zarr format ${JSON.stringify(document['zarr_format'])} of "zarr.json" is not 3.`);
    if (document['node_type'] === 'array') return { kind: 'array', array: parseArrayV3(uri, document, [source]) };
    if (document['node_type'] === 'group') return { kind: 'group', metadata: attributesOf(document['attributes']), sources: [source] };
    throw new TesseraError('gone', `The node type ${JSON.stringify(document['node_type'])} is neither "array" nor "group".`);
  }
  const array = await readDocument(uri, '.zarray', store, call);
  const group = array ? undefined : await readDocument(uri, '.zgroup', store, call);
  const marker = array ?? group;
  if (!marker) return undefined;
  const attributes = await readDocument(uri, '.zattrs', store, call);
  const sources = attributes ? [marker.source, attributes.source] : [marker.source];
  // Attributes are metadata, not where the bytes are: a change of theirs makes no array stale.
  if (array) return { kind: 'array', array: parseArrayV2(uri, array.document, attributes?.document, [array.source]) };
  return { kind: 'group', metadata: attributesOf(attributes?.document), sources };
}

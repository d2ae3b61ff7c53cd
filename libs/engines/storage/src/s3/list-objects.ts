// One page of a listing (Amazon S3 API reference, "ListObjectsV2").
import { TesseraError } from '@tessera/domain';
import { childText, parseXml, type XmlElement } from './parse-xml.ts';

export interface ListedObject {
  readonly key: string;
  readonly byteLength: number;
  readonly modifiedAtMs?: number;
  readonly etag?: string;
  readonly version?: string;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** With the slash they end in. */
  readonly prefixes: readonly string[];
  readonly continuationToken?: string;
}

/** The query of one page: what lies directly in a folder, whose prefix is empty or ends in a slash. */
export function listQuery(prefix: string, maxKeys: number, continuationToken?: string): Record<string, string> {
  return {
    'list-type': '2', delimiter: '/', prefix, 'max-keys': String(maxKeys),
    // Keys may hold characters that XML cannot.
    'encoding-type': 'url',
    ...(continuationToken === undefined ? {} : { 'continuation-token': continuationToken }),
  };
}

/** @throws TesseraError unavailable if it is no such page. */
export function parseListPage(xml: string): ListPage {
  const root = parseXml(xml);
  if (root.name !== 'ListBucketResult') throw new TesseraError('unavailable', 'The storage gave an answer that is no listing.');
  const decode = childText(root, 'EncodingType') === 'url' ? decodeKey : (key: string) => key;
  const continuationToken = childText(root, 'IsTruncated') === 'true' ? childText(root, 'NextContinuationToken') : undefined;
  return {
    objects: root.children.filter(({ name }) => name === 'Contents').map((element) => listedObject(element, decode)),
    prefixes: root.children.filter(({ name }) => name === 'CommonPrefixes').map((element) => decode(childText(element, 'Prefix') ?? '')),
    ...(continuationToken ? { continuationToken } : {}),
  };
}

function listedObject(element: XmlElement, decode: (key: string) => string): ListedObject {
  const modifiedAtMs = Date.parse(childText(element, 'LastModified') ?? '');
  const etag = childText(element, 'ETag');
  return {
    key: decode(childText(element, 'Key') ?? ''),
    byteLength: Number(childText(element, 'Size') ?? 0),
    // As precise as the header that HEAD and GET have: some servers tell the fraction of a second here only.
    ...(Number.isNaN(modifiedAtMs) ? {} : { modifiedAtMs: Math.floor(modifiedAtMs / 1000) * 1000 }),
    // In quotes as in the header; some servers leave them out here.
    ...(etag ? tagged(/^(?:W\/)?"/.test(etag) ? etag : `"${etag}"`) : {}),
  };
}

function tagged(etag: string): Pick<ListedObject, 'etag' | 'version'> {
  return { etag, version: etag };
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

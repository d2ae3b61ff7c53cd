import { TesseraError, type Call, type Entry, type ReadRange, type Snapshot, type VersionedByteStore } from '@tessera/domain';
import { HttpExchange, type HttpAnswer, type HttpRequest, type Send } from '../http/http-exchange.ts';
import { lookAtObject, readObject, type RemoteObject } from '../http/read-object.ts';
import { withRetry, type RetryOptions } from '../wrappers/with-retry.ts';
import { listQuery, parseListPage, type ListPage } from '../s3/list-objects.ts';
import { refusalOf, isPassingAnswer } from '../s3/refusal.ts';
import { S3Endpoint, type S3EndpointOptions } from '../s3/s3-endpoint.ts';
import { formatS3Uri, isSoundKey, parseS3Uri, type S3Location } from '../s3/s3-uri.ts';

export interface S3StoreOptions extends S3EndpointOptions {
  /** `s3:` URIs of the buckets, folders and objects that may be read. */
  readonly roots: readonly string[];
  readonly maxConnections?: number;
  readonly timeoutMs?: number;
  /** PEM. */
  readonly certificateAuthorities?: string;
  readonly retry?: RetryOptions;
}

const pageLength = 1000;
/** A page of so many keys, each as long as can be and escaped. */
const pageByteLimit = 8 * 2 ** 20;

/**
 * Objects of an S3 server, read-only, below the roots. A folder is a common prefix that ends in a slash; objects whose
 * keys have folders of empty names, or named by dots, are left out, and so are the empty objects that stand for folders.
 */
export class S3Store implements VersionedByteStore {
  readonly #roots: readonly S3Location[];
  readonly #endpoint: S3Endpoint;
  readonly #exchange: HttpExchange;
  readonly #send: Send;

  constructor(options: S3StoreOptions) {
    this.#roots = options.roots.map(parseS3Uri);
    this.#endpoint = new S3Endpoint(options);
    this.#exchange = new HttpExchange(options);
    this.#send = withRetry(this.#exchange.send, { isPassing: isPassingAnswer, ...options.retry });
  }

  async read(uri: string, range?: ReadRange, call?: Call): Promise<Uint8Array | undefined> {
    return (await this.readSnapshot(uri, range, call))?.bytes;
  }

  async readSnapshot(uri: string, range?: ReadRange, call?: Call): Promise<Snapshot | undefined> {
    const location = this.#locate(uri);
    const found = location.key === '' ? undefined : await readObject(this.#object(location), this.#send, range, call);
    return found && { bytes: found.bytes, entry: { uri, isDirectory: false, ...found.facts } };
  }

  async stat(uri: string, call?: Call): Promise<Entry | undefined> {
    const location = this.#locate(uri);
    if (location.key !== '') {
      const found = await lookAtObject(this.#object(location), this.#send, call);
      if (found) return { uri, isDirectory: false, ...found.facts };
    }
    const page = await this.#page(location, 1, undefined, call);
    const isFolder = page !== undefined && (location.key === '' || page.objects.length + page.prefixes.length > 0);
    return isFolder ? { uri, isDirectory: true } : undefined;
  }

  async *list(uri: string, call?: Call): AsyncIterable<Entry> {
    const location = this.#locate(uri);
    const prefixLength = prefixOf(location).length;
    const found = new Map<string, Entry>();
    let token: string | undefined;
    do {
      const page: ListPage | undefined = await this.#page(location, pageLength, token, call);
      for (const prefix of page?.prefixes ?? []) {
        const key = prefix.slice(0, -1);
        if (isSoundKey(key)) found.set(key.slice(prefixLength), { uri: formatS3Uri({ ...location, key }), isDirectory: true });
      }
      for (const { key, ...facts } of page?.objects ?? []) {
        // An object hides a folder of its name: both would be one node.
        if (isSoundKey(key)) found.set(key.slice(prefixLength), { uri: formatS3Uri({ ...location, key }), isDirectory: false, ...facts });
      }
      token = page?.continuationToken;
    } while (token !== undefined);
    // Pages come in the order of keys, in which the slash of a folder counts.
    for (const name of [...found.keys()].sort()) yield found.get(name)!;
  }

  /** Drops idle connections. */
  close(): void {
    this.#exchange.close();
  }

  /** The location of a URI that may be read. @throws TesseraError permission_denied for others. */
  #locate(uri: string): S3Location {
    const location = parseS3Uri(uri);
    const isServed = this.#roots.some(({ bucket, key }) => bucket === location.bucket && (key === '' || key === location.key || location.key.startsWith(`${key}/`)));
    if (isServed) return location;
    throw new TesseraError('permission_denied', 'This object is outside the buckets and folders that this server may read.');
  }

  #object(location: S3Location): RemoteObject {
    return { request: (method, headers) => this.#endpoint.request(method, location, {}, headers), refusal: refusalOf };
  }

  /** A page of what lies directly in a folder; undefined if there is no such bucket. */
  async #page(folder: S3Location, maxKeys: number, token: string | undefined, call: Call | undefined): Promise<ListPage | undefined> {
    const head = this.#endpoint.request('GET', { ...folder, key: '' }, listQuery(prefixOf(folder), maxKeys, token), {});
    const request: HttpRequest = { method: 'GET', ...head, window: () => ({ skipByteLength: 0, takeByteLength: pageByteLimit }) };
    const answer: HttpAnswer = await this.#send(request, call);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf(answer);
    return parseListPage(Buffer.from(answer.body).toString());
  }
}

function prefixOf({ key }: S3Location): string {
  return key === '' ? '' : `${key}/`;
}

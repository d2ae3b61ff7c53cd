import { TesseraError, type Call, type Entry, type ReadRange, type Snapshot, type VersionedByteStore } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { HttpExchange, type HttpAnswer, type Send } from '../http/http-exchange.ts';
import { checkHttpUri, isBelow, parseHttpUri } from '../http/http-uri.ts';
import { lookAtObject, readObject, type ReadObject, type RemoteObject } from '../http/read-object.ts';
import { loadZarrHierarchy, type ZarrHierarchy } from '../http/zarr-hierarchy.ts';
import { withRetry, type RetryOptions } from '../wrappers/with-retry.ts';

export interface HttpStoreOptions {
  /** URLs of files, and of zarr folders, that may be read. */
  readonly roots: readonly string[];
  readonly maxConnections?: number;
  readonly timeoutMs?: number;
  /** PEM. */
  readonly certificateAuthorities?: string;
  readonly retry?: RetryOptions;
}

/** How long what was found of a root counts. */
const knownForMs = 2000;

/**
 * Files of HTTP servers, read-only, at or below the roots. A server tells of no folders: only a root that is a zarr
 * hierarchy has some, those that its consolidated metadata name. Redirects are not followed, wherever they lead.
 */
export class HttpStore implements VersionedByteStore {
  readonly #roots: readonly string[];
  readonly #exchange: HttpExchange;
  readonly #send: Send;
  readonly #hierarchies = new LRUCache<string, Promise<ZarrHierarchy | undefined>>({ max: 1000, ttl: knownForMs });

  constructor(options: HttpStoreOptions) {
    this.#roots = options.roots.map((root) => checkHttpUri(root));
    this.#exchange = new HttpExchange(options);
    this.#send = withRetry(this.#exchange.send, options.retry);
  }

  async read(uri: string, range?: ReadRange, call?: Call): Promise<Uint8Array | undefined> {
    return (await this.readSnapshot(uri, range, call))?.bytes;
  }

  async readSnapshot(uri: string, range?: ReadRange, call?: Call): Promise<Snapshot | undefined> {
    this.#rootOf(uri);
    const found = await this.#readFile(uri, range, call);
    return found && { bytes: found.bytes, entry: { uri, isDirectory: false, ...found.facts } };
  }

  async stat(uri: string, call?: Call): Promise<Entry | undefined> {
    const root = this.#rootOf(uri);
    const looked = await this.#look(uri, call);
    // Some servers have a page for every address, of folders too.
    if (looked && !looked.isPage) return looked.entry;
    return await this.#isFolder(root, uri) ? { uri, isDirectory: true } : looked?.entry;
  }

  async *list(uri: string, call?: Call): AsyncIterable<Entry> {
    const root = this.#rootOf(uri);
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
    const hierarchy = await this.#hierarchyOf(root);
    for (const name of hierarchy?.childrenOf(uri.slice(root.length)) ?? []) yield { uri: `${uri}/${encodeURIComponent(name)}`, isDirectory: true };
  }

  /** Drops idle connections. */
  close(): void {
    this.#exchange.close();
  }

  async #isFolder(root: string, uri: string): Promise<boolean> {
    const name = uri.slice(uri.lastIndexOf('/') + 1);
    if (uri !== root && (name.startsWith('.') || name === 'zarr.json')) return false;
    return (await this.#hierarchyOf(root))?.has(uri.slice(root.length)) ?? false;
  }

  /** Asked for by several at once, it is looked for once; the looking serves all, so none of them ends it. */
  #hierarchyOf(root: string): Promise<ZarrHierarchy | undefined> {
    const known = this.#hierarchies.get(root);
    if (known) return known;
    const loading = loadZarrHierarchy(async (name, byteLength) => (await this.#readFile(`${root}/${name}`, { byteOffset: 0, byteLength }, undefined))?.bytes);
    this.#hierarchies.set(root, loading);
    loading.catch(() => this.#hierarchies.delete(root));
    return loading;
  }

  async #readFile(uri: string, range: ReadRange | undefined, call: Call | undefined): Promise<ReadObject | undefined> {
    try {
      return await readObject(objectAt(uri), this.#send, range, call);
    } catch (error) {
      return undefinedIfFolder(error);
    }
  }

  async #look(uri: string, call: Call | undefined): Promise<{ readonly entry: Entry; readonly isPage: boolean } | undefined> {
    try {
      const found = await lookAtObject(objectAt(uri), this.#send, call);
      if (!found) return undefined;
      return { entry: { uri, isDirectory: false, ...found.facts }, isPage: /^text\/html\b/i.test(found.headers['content-type'] ?? '') };
    } catch (error) {
      return undefinedIfFolder(error);
    }
  }

  /** The longest root that a URI is or lies below. @throws TesseraError permission_denied if there is none. */
  #rootOf(uri: string): string {
    checkHttpUri(uri);
    const [root] = this.#roots.filter((candidate) => isBelow(uri, candidate)).sort((a, b) => b.length - a.length);
    if (root !== undefined) return root;
    throw new TesseraError('permission_denied', 'This address is outside those that this server may read.');
  }
}

function objectAt(uri: string): RemoteObject {
  const { origin, path } = parseHttpUri(uri);
  return {
    request: (_method, headers) => ({ origin, path, headers: { ...headers, host: origin.host } }),
    refusal: (answer) => refusalOf(answer, path),
    checkHead: ({ 'content-encoding': encoding }) => {
      if (encoding !== undefined && encoding !== 'identity') throw new TesseraError('unsupported', 'The server of these data sends them compressed, so that parts of them cannot be read. Let it serve them as they are.');
    },
  };
}

function refusalOf({ status, headers }: HttpAnswer, path: string): TesseraError {
  // Where a redirect leads is not followed: a server could send us to hosts that only we can reach.
  if (status >= 300 && status < 400) {
    const isFolder = headers.location !== undefined && pathOf(headers.location) === `${path}/`;
    return new TesseraError('permission_denied', 'The server of this address sends to another one: serve that address instead.', isFolder ? { isFolder } : {});
  }
  if (status >= 500 || status === 408 || status === 429) return new TesseraError('unavailable', `The server of these data does not answer (status ${status}). Try again.`);
  return new TesseraError('permission_denied', `The server of these data refuses to give them (status ${status}).`);
}

function pathOf(location: string): string | undefined {
  return URL.canParse(location, 'http://here') ? new URL(location, 'http://here').pathname : undefined;
}

function undefinedIfFolder(error: unknown): undefined {
  if ((error as Partial<TesseraError>).details?.['isFolder'] === true) return undefined;
  throw error;
}

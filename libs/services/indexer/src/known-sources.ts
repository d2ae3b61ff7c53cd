import type { Call, Catalog, NodePath, Principal, RegisteredSource, Source } from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { isKeyOf } from './node-keys.ts';

/** What the catalog knows of the files below what is walked, and what the walk met of them. */
export class KnownSources {
  readonly #byUri = new Map<string, RegisteredSource[]>();
  /** Where the walk has put each file. */
  readonly #met = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #unlisted: string[] = [];

  static async load(catalog: Catalog, principal: Principal, uris: readonly string[], call: Call): Promise<KnownSources> {
    const known = new KnownSources();
    for (const uri of uris) {
      for (const source of await catalog.registeredSources(principal, uri, call)) {
        const same = known.#byUri.get(source.uri);
        if (same) same.push(source);
        else known.#byUri.set(source.uri, [source]);
      }
    }
    return known;
  }

  /** Whether the file is registered, somewhere, just as it is now. */
  isUnchanged(facts: Source): boolean {
    return (this.#byUri.get(facts.uri) ?? []).some((source) => sameFacts(source, facts));
  }

  /** Whether it is registered at this very path, just as it is now. */
  isUnchangedAt(facts: Source, path: NodePath): boolean {
    return (this.#byUri.get(facts.uri) ?? []).some((source) => sameFacts(source, facts) && pathKey(source.path) === pathKey(path));
  }

  /** The walk has come to the file, or folder, of this path. */
  meet(uri: string, path: NodePath): void {
    this.#met.set(uri, pathKey(path));
    this.#taken.add(pathKey(path));
  }

  /** What lies below could not be looked at: it is neither there nor gone. */
  leaveOut(folderUri: string): void {
    this.#unlisted.push(`${folderUri}/`);
  }

  /** Whether something that is there has this path. */
  isTaken(path: NodePath): boolean {
    return this.#taken.has(pathKey(path));
  }

  /**
   * Paths that a walk gave to files which are not there any more, or have another path now.
   * Paths that somebody else chose for a file are left alone.
   */
  vanished(topUri: string, topPath: NodePath): NodePath[] {
    const paths: NodePath[] = [];
    for (const [uri, sources] of this.#byUri) {
      if (this.#unlisted.some((prefix) => uri.startsWith(prefix))) continue;
      for (const { path } of sources) {
        if (this.#met.get(uri) === pathKey(path) || this.isTaken(path)) continue;
        if (isGivenPath(uri, path, topUri, topPath)) paths.push(path);
      }
    }
    return paths;
  }
}

/** A path as one text; a key has no slash. */
export function pathKey(path: NodePath): string {
  return path.join('/');
}

function isGivenPath(uri: string, path: NodePath, topUri: string, topPath: NodePath): boolean {
  const isBelow = uri === topUri || uri.startsWith(`${topUri}/`);
  if (!isBelow || pathKey(path.slice(0, topPath.length)) !== pathKey(topPath)) return false;
  const names = uri.slice(topUri.length).split('/').slice(1).map(uriName);
  const keys = path.slice(topPath.length);
  return keys.length === names.length && keys.every((key, index) => isKeyOf(key, names[index]!));
}

/** Whether a file is as it was, as far as can be told without opening it. */
export function sameFacts(a: Source, b: Source): boolean {
  const sameEtag = a.etag === undefined || b.etag === undefined || a.etag === b.etag;
  return sameEtag && a.byteLength === b.byteLength && a.modifiedAtMs === b.modifiedAtMs;
}

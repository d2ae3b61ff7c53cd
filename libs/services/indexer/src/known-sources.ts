import type { Call, Catalog, NodePath, Principal, RegisteredSource, Source } from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { isKeyOf, seriesKeyOf } from './node-keys.ts';

/** What the catalog knows of the files below what is walked, and what the walk met of them. */
export class KnownSources {
  readonly #byUri = new Map<string, RegisteredSource[]>();
  /** How many files each path is made of. */
  readonly #counts = new Map<string, number>();
  /** Where the walk has put something. */
  readonly #taken = new Set<string>();
  readonly #unlisted: string[] = [];

  static async load(catalog: Catalog, principal: Principal, uris: readonly string[], call: Call): Promise<KnownSources> {
    const known = new KnownSources();
    for (const uri of uris) {
      for (const source of await catalog.registeredSources(principal, uri, call)) {
        const key = pathKey(source.path);
        known.#counts.set(key, (known.#counts.get(key) ?? 0) + 1);
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

  /** The path at which these files, all of them and no others, are registered together just as they are now. */
  commonPath(files: readonly Source[]): NodePath | undefined {
    const candidates = this.#byUri.get(files[0]!.uri) ?? [];
    const found = candidates.find(({ path }) => this.#counts.get(pathKey(path)) === files.length && files.every((facts) => this.isUnchangedAt(facts, path)));
    return found?.path;
  }

  /** The path at which at least two of these files are registered together, however they were then. */
  formerPath(files: readonly Source[]): NodePath | undefined {
    for (const { uri } of files) {
      const found = this.#byUri.get(uri)?.find(({ path }) => this.#counts.get(pathKey(path))! >= 2);
      if (found) return found.path;
    }
    return undefined;
  }

  /** Whether each of these files is registered by itself, just as it is now. */
  areApart(files: readonly Source[]): boolean {
    return files.every((facts) => {
      const sources = this.#byUri.get(facts.uri) ?? [];
      return sources.length > 0 && sources.every((source) => sameFacts(source, facts) && this.#counts.get(pathKey(source.path)) === 1);
    });
  }

  /** Whether a file is registered by itself besides. */
  isAlsoAt(uri: string, path: NodePath): boolean {
    const key = pathKey(path);
    return (this.#byUri.get(uri) ?? []).some((source) => pathKey(source.path) !== key && this.#counts.get(pathKey(source.path)) === 1);
  }

  /** The walk has put a file, a series or a folder at this path. */
  meet(path: NodePath): void {
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
    const paths = new Map<string, NodePath>();
    for (const [uri, sources] of this.#byUri) {
      if (this.#unlisted.some((prefix) => uri.startsWith(prefix))) continue;
      for (const { path } of sources) {
        const key = pathKey(path);
        if (paths.has(key) || this.#taken.has(key)) continue;
        if (isGivenPath(uri, path, this.#counts.get(key)! > 1, topUri, topPath)) paths.set(key, path);
      }
    }
    return [...paths.values()];
  }
}

/** A path as one text; a key has no slash. */
export function pathKey(path: NodePath): string {
  return path.join('/');
}

function isGivenPath(uri: string, path: NodePath, isSeries: boolean, topUri: string, topPath: NodePath): boolean {
  const isBelow = uri === topUri || uri.startsWith(`${topUri}/`);
  if (!isBelow || pathKey(path.slice(0, topPath.length)) !== pathKey(topPath)) return false;
  const names = uri.slice(topUri.length).split('/').slice(1).map(uriName);
  const keys = path.slice(topPath.length);
  return keys.length === names.length && keys.every((key, index) => isKeyOf(key, names[index]!) || (isSeries && index === keys.length - 1 && key === seriesKeyOf(names[index]!)));
}

/** Whether a file is as it was, as far as can be told without opening it. */
export function sameFacts(a: Source, b: Source): boolean {
  const sameEtag = a.etag === undefined || b.etag === undefined || a.etag === b.etag;
  return sameEtag && a.byteLength === b.byteLength && a.modifiedAtMs === b.modifiedAtMs;
}

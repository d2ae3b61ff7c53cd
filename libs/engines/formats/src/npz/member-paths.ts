import { checkKey } from '@tessera/domain';
import type { ZipMember } from '../zip/read-directory.ts';

const suffix = '.npy';
const maxDepth = 64;

export interface MemberPath {
  readonly path: readonly string[];
  /** Absent for what only holds others. */
  readonly member?: ZipMember;
}

/**
 * Paths of the npy files, parents first: "a/b.npy" is "b" in a container "a". An array that others lie below has its
 * whole name. Left out is what has no name that could be a path.
 */
export function* memberPaths(members: Iterable<ZipMember>): Generator<MemberPath> {
  const found = [...members].flatMap((member) => {
    const path = member.name.endsWith(suffix) ? member.name.slice(0, -suffix.length).split('/') : [];
    return isPath(path) ? [{ path, member }] : [];
  });
  const containers = new Set(found.flatMap(({ path }) => path.slice(1).map((_, depth) => keyOf(path.slice(0, depth + 1)))));
  const given = new Set<string>();
  for (const { path, member } of found) {
    for (let depth = 1; depth < path.length; depth++) {
      const above = path.slice(0, depth);
      if (!given.has(keyOf(above))) yield { path: above };
      given.add(keyOf(above));
    }
    const own = containers.has(keyOf(path)) ? [...path.slice(0, -1), `${path.at(-1)!}${suffix}`] : path;
    if (given.has(keyOf(own)) || containers.has(keyOf(own))) continue;
    given.add(keyOf(own));
    yield { path: own, member };
  }
}

const keyOf = (path: readonly string[]) => path.join('/');

function isPath(path: readonly string[]): boolean {
  try {
    path.forEach(checkKey);
    return path.length > 0 && path.length <= maxDepth;
  } catch {
    return false;
  }
}

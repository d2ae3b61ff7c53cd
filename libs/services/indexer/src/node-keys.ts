import { parseFrameName } from './series/group-series.ts';

/** A file name without its suffixes; names that are all suffix stay whole. */
export function stemOf(name: string): string {
  const stem = /^\.?[^.]+/.exec(name)?.[0];
  return stem ?? name;
}

/** Stands for the key of files whose names are a number and nothing else. */
const namelessKey = '_unnamed';

/** The key of a series that a file of this name belongs to: what stands before the number. Undefined if there is no number. */
export function seriesKeyOf(name: string): string | undefined {
  const parsed = parseFrameName(name);
  return parsed && (stemOf(parsed.prefix) || namelessKey);
}

export interface Named {
  readonly name: string;
  /** Wanted instead of the name without suffixes. */
  readonly key?: string;
  /** A plain folder keeps its name: a dot in it, as in 2024.05.01, begins no suffix. */
  readonly isContainer: boolean;
}

/**
 * Keys of siblings, in their order: the name without suffixes, or the whole name of
 * those that would get the same key. Depends on the set of names only.
 */
export function assignKeys(siblings: readonly Named[]): string[] {
  const wanted = siblings.map(({ name, key, isContainer }) => key ?? (isContainer ? name : stemOf(name)));
  const counts = new Map<string, number>();
  for (const key of wanted) counts.set(key, (counts.get(key) ?? 0) + 1);
  // A stem has no dot, so a whole name that differs from it meets no other stem.
  return wanted.map((key, index) => (counts.get(key)! > 1 ? siblings[index]!.name : key));
}

/** Whether a key is one that a name can have been given. */
export function isKeyOf(key: string, name: string): boolean {
  return key === name || key === stemOf(name);
}

/** A file name without its suffixes; names that are all suffix stay whole. */
export function stemOf(name: string): string {
  const stem = /^\.?[^.]+/.exec(name)?.[0];
  return stem ?? name;
}

export interface Named {
  readonly name: string;
  /** A plain folder keeps its name: a dot in it, as in 2024.05.01, begins no suffix. */
  readonly isContainer: boolean;
}

/**
 * Keys of siblings, in their order: the name without suffixes, or the whole name of
 * those that would get the same key. Depends on the set of names only.
 */
export function assignKeys(siblings: readonly Named[]): string[] {
  const wanted = siblings.map(({ name, isContainer }) => (isContainer ? name : stemOf(name)));
  const counts = new Map<string, number>();
  for (const key of wanted) counts.set(key, (counts.get(key) ?? 0) + 1);
  // A stem has no dot, so a whole name that differs from it meets no other stem.
  return wanted.map((key, index) => (counts.get(key)! > 1 ? siblings[index]!.name : key));
}

/** Whether a key is one that a name can have been given. */
export function isKeyOf(key: string, name: string): boolean {
  return key === name || key === stemOf(name);
}

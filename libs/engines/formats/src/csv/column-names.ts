/** Column names as pandas makes them from a header: nameless ones are `Unnamed: 2`, a second `a` is `a.1`. */
export function columnNames(header: readonly string[]): string[] {
  const named = header.map((name, index) => (name === '' ? `Unnamed: ${index}` : name));
  const all = new Set(named);
  const given = new Set<string>();
  const counts = new Map<string, number>();
  return named.map((name) => {
    let unique = name;
    if (given.has(name)) {
      let count = counts.get(name) ?? 0;
      do unique = `${name}.${++count}`;
      while (all.has(unique) || given.has(unique));
      counts.set(name, count);
    }
    given.add(unique);
    return unique;
  });
}

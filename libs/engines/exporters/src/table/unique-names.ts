/** Names of which none is there twice: of those that are, the later ones get `.1`, `.2` and so on, as pandas does it. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; seen.has(unique) || (unique !== name && taken.has(unique)); i++) unique = `${name}.${i}`;
    seen.add(unique);
    return unique;
  });
}

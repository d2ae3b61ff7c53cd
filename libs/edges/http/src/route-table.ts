// Which methods each path has, so that a wrong method is told from an unknown path.
interface Route {
  readonly method: string;
  readonly segments: readonly string[];
}

const tables = new WeakMap<object, Route[]>();

/** Notes a route of a server; `url` is its pattern, with `*` or `:name` segments. */
export function noteRoute(server: object, method: string | readonly string[], url: string): void {
  const table = tables.get(server) ?? [];
  tables.set(server, table);
  const segments = url.split('/').filter((segment) => segment !== '');
  for (const each of typeof method === 'string' ? [method] : method) table.push({ method: each, segments });
}

/** The methods of all routes that match a request target, sorted. */
export function methodsAt(server: object, target: string): string[] {
  const segments = target.split('?')[0]!.split('/').filter((segment) => segment !== '');
  const methods = (tables.get(server) ?? []).filter((route) => matches(route.segments, segments)).map((route) => route.method);
  return [...new Set(methods)].sort();
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  for (const [index, part] of pattern.entries()) {
    if (part === '*') return true;
    const segment = segments[index];
    if (segment === undefined || !(part.startsWith(':') || part === segment)) return false;
  }
  return pattern.length === segments.length;
}

// Read this and you know the cluster: what each role provides, and what it needs from others.

/** Ports that one process may offer to another. */
export type PortName = 'catalog' | 'identity' | 'search' | 'reader' | 'indexer' | 'ingest';

export interface RoleFacts {
  /** Front doors that it opens. */
  readonly serves: readonly ('tiled' | 'zarr' | 'web' | 'flight')[];
  readonly provides: readonly PortName[];
  readonly needs: readonly (PortName | 'events')[];
}

export const roles = {
  gateway: { serves: ['tiled', 'zarr', 'web', 'flight'], provides: [], needs: ['identity', 'catalog', 'search', 'reader', 'ingest', 'events'] },
  // Walks the served folders and keeps the tree, so it needs the indexer.
  catalog: { serves: [], provides: ['catalog', 'identity', 'ingest'], needs: ['indexer', 'events'] },
  search: { serves: [], provides: ['search'], needs: ['catalog', 'events'] },
  // Needs storage and tickets only, so that readers can come and go.
  reader: { serves: ['flight'], provides: ['reader', 'indexer'], needs: [] },
} as const satisfies Record<string, RoleFacts>;

export type Role = keyof typeof roles;

export const roleNames = Object.keys(roles) as Role[];

const factsOf = (role: Role): RoleFacts => roles[role];

export function isProvided(port: PortName, running: readonly Role[]): boolean {
  return running.some((role) => factsOf(role).provides.includes(port));
}

/** Whether a process with these roles uses a port, its own or another's. */
export function isUsed(port: PortName, running: readonly Role[]): boolean {
  return running.some((role) => factsOf(role).provides.includes(port) || factsOf(role).needs.includes(port));
}

/** Whether every role is here: then nothing has to leave the process. */
export function isWhole(running: readonly Role[]): boolean {
  return roleNames.every((role) => running.includes(role));
}

/** Rights, named as the Tiled client and its API keys name them. */
export const scopes = [
  'read:metadata', 'read:data', 'write:metadata', 'write:data', 'create:node', 'delete:node', 'delete:revision',
  'register', 'metrics', 'create:apikeys', 'revoke:apikeys', 'admin:apikeys', 'read:principals', 'write:principals',
] as const;

export type Scope = (typeof scopes)[number];

/** What anonymous callers of a public server may do. */
export const publicScopes: readonly Scope[] = ['read:metadata', 'read:data'];

/** What the holder of the single-user key may do. */
export const singleUserScopes: readonly Scope[] = [
  'read:metadata', 'read:data', 'write:metadata', 'write:data', 'create:node', 'delete:node', 'delete:revision', 'register', 'metrics',
];

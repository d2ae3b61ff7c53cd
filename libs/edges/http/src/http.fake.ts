// Ports and settings for tests of front doors: nothing but what a test fills in.
import type { Catalog, Identity, Principal, Reader, Search } from '@tessera/domain';
import { publicScopes, singleUserScopes, TesseraError } from '@tessera/domain';
import type { HttpLogger, HttpOptions, Ports } from './http-options.ts';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export function fakeLogger(): HttpLogger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: LoggedLine['level']) => (fields: object, message: string) => void lines.push({ level, fields: fields as Record<string, unknown>, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export function fakeOptions(overrides: Partial<HttpOptions> = {}): HttpOptions {
  return { responseByteLimit: 300_000_000, allowOrigins: [], readiness: async () => ({}), logger: fakeLogger(), ...overrides };
}

/** The key `secret` is the single user's; without a key the public scopes hold, or nobody may read. */
export function fakeIdentity(isPublic = true): Identity {
  return {
    async principalOf(credentials): Promise<Principal> {
      if (credentials.kind === 'none') return { id: 'anonymous', kind: 'anonymous', scopes: isPublic ? publicScopes : [] };
      if (credentials.kind === 'api_key' && credentials.secret === 'secret') return { id: 'single-user', kind: 'user', scopes: singleUserScopes };
      throw new TesseraError('unauthenticated', credentials.kind === 'api_key' ? 'Invalid API key' : 'Could not validate credentials');
    },
    describe: async () => ({ authenticationRequired: !isPublic }),
  };
}

/** A port of which a test uses only some methods; the others fail when called. */
export function fakePort<Port extends object>(methods: Partial<Port>): Port {
  return new Proxy(methods as Port, {
    get: (target, name) => {
      if (name in target || typeof name === 'symbol' || name === 'then') return target[name as keyof Port];
      // Nest looks for its lifecycle hooks on every provider.
      if (/^(on|before)[A-Z]/.test(name)) return undefined;
      return () => {
        throw new Error(`The test did not expect a call of ${name}.`);
      };
    },
  });
}

export function fakePorts(ports: { [Name in keyof Ports]?: Partial<Ports[Name]> } = {}): Ports {
  return {
    catalog: fakePort<Catalog>(ports.catalog ?? {}),
    search: fakePort<Search>(ports.search ?? {}),
    reader: fakePort<Reader>(ports.reader ?? {}),
    identity: fakePort<Identity>(ports.identity ?? fakeIdentity()),
  };
}

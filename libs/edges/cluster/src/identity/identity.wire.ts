import type { Credentials, Principal, Scope } from '@tessera/domain';

export interface CredentialsMessage {
  apiKey?: string | undefined;
  bearerToken?: string | undefined;
}

export interface PrincipalMessage {
  id?: string;
  kind?: string;
  scopes?: readonly string[];
}

export function encodeCredentials(credentials: Credentials): CredentialsMessage {
  switch (credentials.kind) {
    case 'none':
      return {};
    case 'api_key':
      return { apiKey: credentials.secret };
    case 'bearer':
      return { bearerToken: credentials.token };
  }
}

export function decodeCredentials(message: CredentialsMessage): Credentials {
  if (message.apiKey !== undefined) return { kind: 'api_key', secret: message.apiKey };
  return message.bearerToken === undefined ? { kind: 'none' } : { kind: 'bearer', token: message.bearerToken };
}

export function decodePrincipal(message: PrincipalMessage): Principal {
  return { id: message.id ?? '', kind: message.kind as Principal['kind'], scopes: (message.scopes ?? []) as Scope[] };
}

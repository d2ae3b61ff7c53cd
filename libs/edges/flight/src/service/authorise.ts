import { isTesseraError, requireScopes, TesseraError, type Call, type Credentials, type Identity, type Principal, type Scope } from '@tessera/domain';

/** Who asks, if they hold all of the scopes. @throws TesseraError unauthenticated if nobody is known, permission_denied if they may not. */
export async function authorise(identity: Identity, credentials: Credentials, scopes: readonly Scope[], call: Call): Promise<Principal> {
  const principal = await identity.principalOf(credentials, call);
  try {
    requireScopes(principal, scopes);
  } catch (error) {
    // Whoever is known and may not has nothing to gain from showing credentials again.
    if (principal.kind !== 'anonymous' && isTesseraError(error, 'unauthenticated')) throw new TesseraError('permission_denied', error.message, error.details);
    throw error;
  }
  return principal;
}

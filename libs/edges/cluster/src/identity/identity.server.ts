import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Identity } from '@tessera/domain';
import { handleUnary, type Incoming, type ServerContext } from '../handle.ts';
import { decodeCredentials, type CredentialsMessage } from './identity.wire.ts';

/** Handlers that serve identities to other processes. */
export function identityHandlers(identity: Identity, context: ServerContext): UntypedServiceImplementation {
  return {
    PrincipalOf: handleUnary(context, 'secret', ({ request, call }: Incoming<CredentialsMessage>) => identity.principalOf(decodeCredentials(request), call)),
    Describe: handleUnary(context, 'secret', ({ call }: Incoming<unknown>) => identity.describe(call)),
  };
}

import type { Call, Credentials, Identity, Principal } from '@tessera/domain';
import type { ClusterChannel } from '../channel.ts';
import { invokeUnary, type Method } from '../invoke.ts';
import { loadService } from '../protos.ts';
import { decodePrincipal, encodeCredentials, type PrincipalMessage } from './identity.wire.ts';

/** The identities another process knows. */
export class IdentityClient implements Identity {
  private readonly methods: Readonly<Record<string, Method<unknown, unknown>>>;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = loadService('identity', channel.protoDirectory);
  }

  async principalOf(credentials: Credentials, call?: Call): Promise<Principal> {
    const reply = await invokeUnary(this.channel, this.methods['PrincipalOf']!, encodeCredentials(credentials), { proof: { by: 'secret' }, call });
    return decodePrincipal(reply as PrincipalMessage);
  }

  async describe(call?: Call): Promise<{ readonly authenticationRequired: boolean }> {
    const reply = await invokeUnary(this.channel, this.methods['Describe']!, {}, { proof: { by: 'secret' }, call });
    return { authenticationRequired: (reply as { authenticationRequired?: boolean }).authenticationRequired ?? false };
  }
}

import type { Credentials, Principal } from '../access/principal.ts';
import type { Call } from './call.ts';

export interface Identity {
  /** Whom the credentials prove. @throws TesseraError unauthenticated if they prove nobody. */
  principalOf(credentials: Credentials, call?: Call): Promise<Principal>;
  /** Whether anonymous callers may read. */
  describe(call?: Call): Promise<{ readonly authenticationRequired: boolean }>;
}

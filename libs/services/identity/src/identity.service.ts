import { createHash, timingSafeEqual } from 'node:crypto';
import { publicScopes, singleUserScopes, TesseraError, type Credentials, type Identity, type Principal, type Scope } from '@tessera/domain';

export interface IdentityOptions {
  /** The one key there is. Absent: nobody but anonymous callers. */
  readonly singleUserApiKey?: string;
  /** Whether anonymous callers may read. */
  readonly isPublic: boolean;
}

const singleUser: Principal = { id: 'user:single', kind: 'user', scopes: singleUserScopes };

const anonymous = (scopes: readonly Scope[]): Principal => ({ id: 'anonymous', kind: 'anonymous', scopes });

/** One user with one key, and the public. */
export class IdentityService implements Identity {
  private readonly keyHash: Buffer | undefined;
  private readonly anonymous: Principal;
  private readonly isPublic: boolean;

  /** @throws TesseraError invalid_argument if the key is empty. */
  constructor(options: IdentityOptions) {
    const { singleUserApiKey, isPublic } = options;
    if (singleUserApiKey === '') throw new TesseraError('invalid_argument', 'The API key must not be empty.');
    this.keyHash = singleUserApiKey === undefined ? undefined : sha256(singleUserApiKey);
    this.isPublic = isPublic;
    this.anonymous = anonymous(isPublic ? publicScopes : []);
  }

  /** A wrong key is refused on a public server too: whoever sends one means to be somebody. */
  async principalOf(credentials: Credentials): Promise<Principal> {
    switch (credentials.kind) {
      case 'none':
        return this.anonymous;
      case 'api_key':
        if (this.keyHash === undefined || !timingSafeEqual(sha256(credentials.secret), this.keyHash)) {
          throw new TesseraError('unauthenticated', 'Invalid API key');
        }
        return singleUser;
      case 'bearer':
        throw new TesseraError('unauthenticated', 'This server takes no access tokens. Use its API key.');
    }
  }

  async describe(): Promise<{ readonly authenticationRequired: boolean }> {
    return { authenticationRequired: !this.isPublic };
  }
}

/** Hashes are of one length: comparing them takes the same time whatever was sent. */
const sha256 = (text: string) => createHash('sha256').update(text).digest();

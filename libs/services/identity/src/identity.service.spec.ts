import { isTesseraError, publicScopes, singleUserScopes, type Credentials } from '@tessera/domain';
import { IdentityService } from './identity.service.ts';

const key = (secret: string): Credentials => ({ kind: 'api_key', secret });
const none: Credentials = { kind: 'none' };

describe('IdentityService', () => {
  const closed = new IdentityService({ singleUserApiKey: 'secret', isPublic: false });
  const open = new IdentityService({ singleUserApiKey: 'secret', isPublic: true });
  const keyless = new IdentityService({ isPublic: true });

  it('knows the holder of the key', async () => {
    for (const identity of [closed, open]) expect(await identity.principalOf(key('secret'))).toEqual({ id: 'user:single', kind: 'user', scopes: singleUserScopes });
  });

  it.each(['', 'Secret', 'secret ', 'secre', 'secretsecret', 'ü', '\0'])('refuses the key %j, also on a public server', async (wrong) => {
    for (const identity of [closed, open, keyless]) {
      const error = await identity.principalOf(key(wrong)).catch((reason: unknown) => reason);
      expect(isTesseraError(error, 'unauthenticated') && error.message).toBe('Invalid API key');
    }
  });

  it('lets anonymous callers read on a public server only', async () => {
    expect(await open.principalOf(none)).toEqual({ id: 'anonymous', kind: 'anonymous', scopes: publicScopes });
    expect(await closed.principalOf(none)).toEqual({ id: 'anonymous', kind: 'anonymous', scopes: [] });
    expect(await open.describe()).toEqual({ authenticationRequired: false });
    expect(await closed.describe()).toEqual({ authenticationRequired: true });
  });

  it('takes no tokens, and no empty key', async () => {
    await expect(open.principalOf({ kind: 'bearer', token: 'secret' })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(() => new IdentityService({ singleUserApiKey: '', isPublic: false })).toThrow(/must not be empty/);
  });
});

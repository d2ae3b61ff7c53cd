import { publicScopes, type Identity } from '@tessera/domain';
import { failureCode } from './failure.ts';

export interface IdentitySetup {
  /** Of a server that takes `apiKey` and shows its data to everybody. */
  readonly open: Identity;
  /** The same, but not public. */
  readonly closed: Identity;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** What every provider of identities does. */
export function identityContract(name: string, setup: () => Promise<IdentitySetup>): void {
  describe(`identity: ${name}`, () => {
    let given: IdentitySetup;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    it('knows whose the key is, and gives them rights', async () => {
      const principal = await given.closed.principalOf({ kind: 'api_key', secret: given.apiKey });
      expect(principal.kind).toBe('user');
      expect(principal.id).not.toBe('');
      expect(principal.scopes).toEqual(expect.arrayContaining(['read:metadata', 'read:data']));
      expect(await given.open.principalOf({ kind: 'api_key', secret: given.apiKey })).toEqual(principal);
    });

    it.each(['', 'x', 'ключ', 'k'.repeat(5_000)])('refuses a wrong key, on a public server too', async (wrong) => {
      for (const identity of [given.open, given.closed]) expect(await failureCode(identity.principalOf({ kind: 'api_key', secret: wrong }))).toBe('unauthenticated');
    });

    it('refuses a token that nobody signed', async () => {
      expect(await failureCode(given.open.principalOf({ kind: 'bearer', token: 'a.b.c' }))).toBe('unauthenticated');
    });

    it('lets strangers read where everybody may, and nowhere else', async () => {
      expect(await given.open.principalOf({ kind: 'none' })).toMatchObject({ kind: 'anonymous', scopes: publicScopes });
      const scopes = await given.closed.principalOf({ kind: 'none' }).then((principal) => principal.scopes, () => []);
      expect(scopes).toEqual([]);
      expect(await given.open.describe()).toEqual({ authenticationRequired: false });
      expect(await given.closed.describe()).toEqual({ authenticationRequired: true });
    });
  });
}

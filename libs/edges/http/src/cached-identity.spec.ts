import { TesseraError, type Identity } from '@tessera/domain';
import { withPrincipalCache } from './cached-identity.ts';

function counting() {
  const asked: string[] = [];
  const identity: Identity = {
    async principalOf(credentials) {
      const name = credentials.kind === 'api_key' ? credentials.secret : credentials.kind === 'bearer' ? credentials.token : 'nobody';
      asked.push(`${credentials.kind} ${name}`);
      if (name === 'wrong') throw new TesseraError('unauthenticated', 'Invalid API key');
      return { id: `${credentials.kind} ${name}`, kind: 'user', scopes: [] };
    },
    describe: async () => ({ authenticationRequired: true }),
  };
  return { identity: withPrincipalCache(identity, { ttlMs: 60_000, maxEntries: 10 }), asked };
}

describe('withPrincipalCache', () => {
  it('asks once for the same credentials, and never mixes kinds', async () => {
    const { identity, asked } = counting();
    for (let round = 0; round < 2; round++) {
      for (const credentials of [{ kind: 'none' }, { kind: 'api_key', secret: 'a' }, { kind: 'bearer', token: 'a' }, { kind: 'api_key', secret: 'b' }] as const) {
        const name = credentials.kind === 'api_key' ? credentials.secret : credentials.kind === 'bearer' ? credentials.token : 'nobody';
        expect((await identity.principalOf(credentials)).id).toBe(`${credentials.kind} ${name}`);
      }
    }
    expect(asked).toEqual(['none nobody', 'api_key a', 'bearer a', 'api_key b']);
  });

  it('asks again after a refusal', async () => {
    const { identity, asked } = counting();
    for (let round = 0; round < 2; round++) await expect(identity.principalOf({ kind: 'api_key', secret: 'wrong' })).rejects.toThrow('Invalid API key');
    expect(asked).toHaveLength(2);
  });
});

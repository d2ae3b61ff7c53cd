import { singleUserScopes, type Credentials, type Identity } from '@tessera/domain';
import fc from 'fast-check';
import { authorise } from '../service/authorise.ts';
import { fingerprint, readCredentials } from './credentials.ts';
import { FlightTickets, type FlightTicket } from './flight-tickets.ts';
import { Seal } from './seal.ts';
import { SessionTokens } from './session-tokens.ts';

const secret = 'a secret of sixteen or more';
const sessions = new SessionTokens(secret);
const headers = (values: Record<string, string>) => (name: string) => values[name];
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('credentials', () => {
  it.each<[Record<string, string>, Credentials]>([
    [{}, { kind: 'none' }],
    [{ authorization: 'Apikey k' }, { kind: 'api_key', secret: 'k' }],
    [{ authorization: 'apikey  k ' }, { kind: 'api_key', secret: 'k' }],
    [{ authorization: 'Bearer eyJ.x.y' }, { kind: 'bearer', token: 'eyJ.x.y' }],
    [{ authorization: basic('anybody:k:with:colons') }, { kind: 'api_key', secret: 'k:with:colons' }],
    [{ authorization: basic('anybody:') }, { kind: 'none' }],
    [{ authorization: basic('no colon') }, { kind: 'none' }],
    [{ 'x-api-key': 'k' }, { kind: 'api_key', secret: 'k' }],
    [{ authorization: 'Apikey a', 'x-api-key': 'b' }, { kind: 'api_key', secret: 'a' }],
  ])('are read from %j', (values, expected) => {
    expect(readCredentials(headers(values), sessions)).toEqual(expected);
  });

  it.each(['', 'Bearer', 'Digest x', 'k'])('are refused as %j', (authorization) => {
    expect(() => readCredentials(headers({ authorization }), sessions)).toThrow(code('invalid_argument'));
  });

  it('differ in their fingerprints', () => {
    const all: Credentials[] = [{ kind: 'none' }, { kind: 'api_key', secret: 'k' }, { kind: 'bearer', token: 'k' }, { kind: 'api_key', secret: 'l' }];
    expect(new Set(all.map(fingerprint)).size).toBe(4);
    expect(fingerprint({ kind: 'api_key', secret: 'k' })).not.toContain('k:');
  });
});

describe('tokens of a handshake', () => {
  const key: Credentials = { kind: 'api_key', secret: 'the key' };

  it('stand for the credentials that they were given for, in either header', () => {
    const token = sessions.issue(key);
    expect(readCredentials(headers({ authorization: `Bearer ${token}` }), new SessionTokens(secret))).toEqual(key);
    expect(readCredentials(headers({ 'auth-token-bin': token }), sessions)).toEqual(key);
    expect(Buffer.from(token, 'base64url').includes('the key')).toBe(false);
  });

  it('end, and are nothing to other servers', () => {
    const token = sessions.issue(key, 0);
    expect(() => sessions.open(token)).toThrow(code('unauthenticated'));
    expect(() => new SessionTokens('another secret of a server').open(sessions.issue(key))).toThrow(code('unauthenticated'));
    expect(() => sessions.open('tessera-flight.')).toThrow(code('unauthenticated'));
    expect(sessions.open('a.b.c')).toBeUndefined();
  });
});

describe('tickets', () => {
  const tickets = new FlightTickets(secret);
  const ticket: FlightTicket = {
    ticket: { manifestId: 'm', principalId: 'p', expiresAtMs: 17 }, path: ['a', 'b'], holder: 'h',
    selection: { table: { mediaType: 'x', columns: ['ü'], partitions: { start: 0, stop: 2 }, filter: { column: 'c', op: 'isnull' } } },
  };

  it('come back as they were made', () => {
    expect(tickets.open(tickets.seal(ticket))).toEqual(ticket);
    const { holder: _, ...plain } = ticket;
    expect(new FlightTickets(secret).open(tickets.seal(plain))).toEqual(plain);
  });

  it('cannot be changed, cut, made up or taken elsewhere', () => {
    const sealed = Buffer.from(tickets.seal(ticket));
    fc.assert(fc.property(fc.nat(sealed.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = Buffer.from(sealed);
      changed[at]! ^= difference;
      expect(() => tickets.open(changed)).toThrow(code('unauthenticated'));
      expect(() => tickets.open(sealed.subarray(0, at))).toThrow(code('unauthenticated'));
    }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(() => tickets.open(bytes)).toThrow(code('unauthenticated'))));
    expect(() => new FlightTickets('another secret of a server').open(sealed)).toThrow(code('unauthenticated'));
    expect(() => tickets.open(new Seal(secret, 'tessera.flight.session.v1').close(['m', 'p', 9e15, ticket.selection, [], null]))).toThrow(code('unauthenticated'));
  });
});

describe('scopes', () => {
  const identity = (kind: 'anonymous' | 'user', scopes: readonly typeof singleUserScopes[number][]) => ({ principalOf: async () => ({ id: 'x', kind, scopes }) }) as unknown as Identity;

  it('that are missing mean: say who you are, or: you may not', async () => {
    await expect(authorise(identity('anonymous', []), { kind: 'none' }, ['read:data'], {})).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(authorise(identity('user', ['read:metadata']), { kind: 'none' }, ['read:data'], {})).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await authorise(identity('user', singleUserScopes), { kind: 'none' }, ['read:data'], {})).toMatchObject({ id: 'x' });
  });
});

import fc from 'fast-check';
import { Metadata } from '@grpc/grpc-js';
import { isTesseraError, type Principal } from '@tessera/domain';
import { decodeCall, encodeSignedCall, verifySignedCall } from './call.wire.ts';
import { deriveClusterKeys, openToken, sealToken } from './signature.ts';
import { openTicket, sealTicket } from './ticket.wire.ts';

const keys = deriveClusterKeys('a secret of the cluster');
const others = deriveClusterKeys('another secret of others');
const principal: Principal = { id: 'user:ada', kind: 'user', scopes: ['read:data'] };
const ticket = { manifestId: `${'ab'.repeat(32)}.0.12`, principalId: 'user:ada', expiresAtMs: 1_800_000_000_123 };

const refusal = (run: () => unknown) => {
  try {
    run();
    return 'accepted';
  } catch (error) {
    return isTesseraError(error) ? error.code : 'another error';
  }
};

describe('tokens', () => {
  it('open to what was sealed, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
      expect(openToken(keys.call, sealToken(keys.call, value))).toEqual(JSON.parse(JSON.stringify(value)));
    }));
  });

  it('do not open once a character is changed', () => {
    const token = sealTicket(ticket, keys.ticket);
    fc.assert(fc.property(fc.nat(token.length - 2), fc.constantFrom('A', 'b', '7', '-', '.'), (at, character) => {
      fc.pre(token[at] !== character);
      expect(refusal(() => openTicket(token.slice(0, at) + character + token.slice(at + 1), keys.ticket))).toBe('unauthenticated');
    }));
  });

  it('are refused under another secret, for another purpose, and when they are no tokens', () => {
    expect(openTicket(sealTicket(ticket, keys.ticket), keys.ticket)).toEqual(ticket);
    expect(openTicket(sealTicket({ ...ticket, isLook: true }, keys.ticket), keys.ticket)).toEqual({ ...ticket, isLook: true });
    expect(refusal(() => openTicket(sealTicket(ticket, others.ticket), keys.ticket))).toBe('unauthenticated');
    expect(refusal(() => openTicket(sealTicket(ticket, keys.call), keys.ticket))).toBe('unauthenticated');
    for (const token of ['', '.', 'x.y', '{}.']) expect(refusal(() => openTicket(token, keys.ticket))).toBe('unauthenticated');
  });

  it('need a secret that is one', () => {
    expect(refusal(() => deriveClusterKeys('short'))).toBe('invalid_argument');
  });
});

describe('signed calls', () => {
  const path = '/tessera.catalog.v1.Catalog/Resolve';

  it('carry the principal', () => {
    expect(verifySignedCall(encodeSignedCall(path, keys, principal, undefined), path, keys)).toEqual(principal);
    expect(verifySignedCall(encodeSignedCall(path, keys, undefined, undefined), path, keys)).toBeUndefined();
  });

  it('are refused without proof, with another secret, for another method, and after their time', () => {
    const metadata = encodeSignedCall(path, keys, principal, undefined);
    expect(refusal(() => verifySignedCall(new Metadata(), path, keys))).toBe('unauthenticated');
    expect(refusal(() => verifySignedCall(encodeSignedCall(path, others, principal, undefined), path, keys))).toBe('unauthenticated');
    expect(refusal(() => verifySignedCall(metadata, '/tessera.catalog.v1.Catalog/Remove', keys))).toBe('unauthenticated');
    expect(refusal(() => verifySignedCall(metadata, path, keys, Date.now() + 10 * 60_000))).toBe('unauthenticated');
    expect(refusal(() => verifySignedCall(metadata, path, keys, Date.now() + 60_000))).toBe('accepted');
  });

  it('carry deadline and trace', () => {
    const metadata = encodeSignedCall(path, keys, principal, { traceparent: '00-abc-def-01' });
    const { signal } = new AbortController();
    expect(decodeCall(metadata, new Date(1234), signal)).toEqual({ signal, deadlineMs: 1234, traceparent: '00-abc-def-01' });
    expect(decodeCall(new Metadata(), Infinity, signal)).toEqual({ signal });
  });
});

import { isTesseraError } from '../errors/tessera-error.ts';
import type { Node } from '../node/node.ts';
import { requireScopes, type Principal } from './principal.ts';
import { checkTicket, mintTicket, ticketLifetimeMs } from './ticket.ts';

const principal: Principal = { id: 'user:ada', kind: 'user', scopes: ['read:metadata'] };
const node: Node = { id: 1, path: ['a'], structure: { family: 'container' }, metadata: {}, specs: [], insideFile: false, revision: 1 };

const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'no error';
  } catch (error) {
    return isTesseraError(error) ? error.code : error;
  }
};

describe('tickets', () => {
  it('are for one manifest, one principal, and a time', () => {
    const ticket = mintTicket(principal, { ...node, manifestId: 'm' }, 1_000);
    expect(ticket).toEqual({ manifestId: 'm', principalId: 'user:ada', expiresAtMs: 10_000 + ticketLifetimeMs });
    expect(mintTicket(principal, { ...node, manifestId: 'm' }, 9_999)).toEqual(ticket);
    expect(codeOf(() => checkTicket(ticket, 10_000 + ticketLifetimeMs))).toBe('no error');
    expect(codeOf(() => checkTicket(ticket, 10_001 + ticketLifetimeMs))).toBe('permission_denied');
  });

  it('are not given for what cannot be read', () => {
    expect(codeOf(() => mintTicket(principal, node))).toBe('unsupported');
    expect(codeOf(() => mintTicket(principal, { ...node, manifestId: 'm', problem: 'The link is broken.' }))).toBe('gone');
  });
});

describe('scopes', () => {
  it('must all be there', () => {
    expect(codeOf(() => requireScopes(principal, []))).toBe('no error');
    expect(codeOf(() => requireScopes(principal, ['read:metadata']))).toBe('no error');
    expect(codeOf(() => requireScopes(principal, ['read:metadata', 'read:data']))).toBe('unauthenticated');
    expect(() => requireScopes(principal, ['read:data'])).toThrow("Not enough permissions. Requires scopes ['read:data']. Request had scopes ['read:metadata']");
  });
});

import type { KeyObject } from 'node:crypto';
import { TesseraError, type Ticket } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { openToken, sealToken } from './signature.ts';

const maxKnownTickets = 10_000;

/** Signed tickets by what they say, and the reverse, of one key: many reads in a row go with the same one. */
interface KnownTickets {
  readonly sealed: LRUCache<string, string>;
  readonly opened: LRUCache<string, Ticket>;
}

const knownTickets = new WeakMap<KeyObject, KnownTickets>();

function knownOf(key: KeyObject): KnownTickets {
  let known = knownTickets.get(key);
  if (!known) knownTickets.set(key, (known = { sealed: new LRUCache({ max: maxKnownTickets }), opened: new LRUCache({ max: maxKnownTickets }) }));
  return known;
}

/** A ticket as it leaves a process. */
export function sealTicket(ticket: Ticket, key: KeyObject): string {
  const fields = [ticket.manifestId, ticket.principalId, ticket.expiresAtMs, ticket.isLook === true];
  const { sealed } = knownOf(key);
  const name = JSON.stringify(fields);
  let token = sealed.get(name);
  if (token === undefined) sealed.set(name, (token = sealToken(key, fields)));
  return token;
}

/**
 * Reads a ticket that came from elsewhere. Its time is for the reader to check.
 * @throws TesseraError unauthenticated if no process of this cluster made it.
 */
export function openTicket(token: string, key: KeyObject): Ticket {
  const { opened } = knownOf(key);
  const known = opened.get(token);
  if (known) return known;
  const ticket = readTicket(token, key);
  opened.set(token, ticket);
  return ticket;
}

function readTicket(token: string, key: KeyObject): Ticket {
  const fields = openToken(key, token);
  if (!Array.isArray(fields) || fields.length !== 4) {
    throw new TesseraError('unauthenticated', 'The ticket for this read was not made by this cluster.');
  }
  const [manifestId, principalId, expiresAtMs, isLook] = fields as [string, string, number, boolean];
  return { manifestId, principalId, expiresAtMs, ...(isLook ? { isLook } : {}) };
}

import type { KeyObject } from 'node:crypto';
import { TesseraError, type Ticket } from '@tessera/domain';
import { openToken, sealToken } from './signature.ts';

/** A ticket as it leaves a process. */
export function sealTicket(ticket: Ticket, key: KeyObject): string {
  return sealToken(key, [ticket.manifestId, ticket.principalId, ticket.expiresAtMs, ticket.isLook === true]);
}

/**
 * Reads a ticket that came from elsewhere. Its time is for the reader to check.
 * @throws TesseraError unauthenticated if no process of this cluster made it.
 */
export function openTicket(token: string, key: KeyObject): Ticket {
  const fields = openToken(key, token);
  if (!Array.isArray(fields) || fields.length !== 4) {
    throw new TesseraError('unauthenticated', 'The ticket for this read was not made by this cluster.');
  }
  const [manifestId, principalId, expiresAtMs, isLook] = fields as [string, string, number, boolean];
  return { manifestId, principalId, expiresAtMs, ...(isLook ? { isLook } : {}) };
}

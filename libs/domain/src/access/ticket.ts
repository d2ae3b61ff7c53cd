import type { Node } from '../node/node.ts';
import type { Principal } from './principal.ts';
import { TesseraError } from '../errors/tessera-error.ts';

/**
 * "This principal may read this manifest until then." Made once by a front door
 * after the catalog resolved the node; readers ask for nothing else. It is signed
 * only where it leaves a process.
 */
export interface Ticket {
  readonly manifestId: string;
  readonly principalId: string;
  readonly expiresAtMs: number;
  /** To find out whether anything changed: files that were added to count as changed, too. */
  readonly isLook?: boolean;
}

/** How long a ticket is good for: longer than any one read, shorter than a change of rights may wait. */
export const ticketLifetimeMs = 5 * 60_000;

/** Tickets made within so long are the same, so that one that was signed or checked need not be again. */
const ticketStepMs = 10_000;

/** @throws TesseraError gone if the node has a problem, unsupported if it has no data. */
export function mintTicket(principal: Principal, node: Node, nowMs: number = Date.now()): Ticket {
  if (node.problem !== undefined) throw new TesseraError('gone', node.problem);
  if (node.manifestId === undefined) throw new TesseraError('unsupported', 'This node has no data of its own.');
  const expiresAtMs = Math.ceil((nowMs + ticketLifetimeMs) / ticketStepMs) * ticketStepMs;
  return { manifestId: node.manifestId, principalId: principal.id, expiresAtMs };
}

/** @throws TesseraError permission_denied if the ticket is past its time. */
export function checkTicket(ticket: Ticket, nowMs: number = Date.now()): void {
  if (ticket.expiresAtMs < nowMs) throw new TesseraError('permission_denied', 'The ticket for this read has expired. Ask again.');
}

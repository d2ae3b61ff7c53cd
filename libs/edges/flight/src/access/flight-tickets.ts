import { TesseraError, type ArrayRequest, type NodePath, type TableRequest, type Ticket } from '@tessera/domain';
import { Seal } from './seal.ts';

/** What a ticket gives: part of a table, or of an array. */
export type FlightSelection = { readonly table: TableRequest } | { readonly array: ArrayRequest };

/** A reader's ticket, bound to a part of the data. */
export interface FlightTicket {
  readonly ticket: Ticket;
  readonly selection: FlightSelection;
  /** Of the node, for the sentences of errors and to renew it. */
  readonly path: NodePath;
  /** Of the credentials that it was made for; absent = none. */
  readonly holder?: string;
}

/** Flight tickets on their way out and back. */
export class FlightTickets {
  readonly #seal: Seal;

  constructor(secret: string) {
    this.#seal = new Seal(secret, 'tessera.flight.ticket.v1');
  }

  seal({ ticket, selection, path, holder }: FlightTicket): Uint8Array {
    return this.#seal.close([ticket.manifestId, ticket.principalId, ticket.expiresAtMs, selection, path, holder ?? null]);
  }

  /** Its time is for the reader to check. @throws TesseraError unauthenticated if no process of this server made it. */
  open(sealed: Uint8Array): FlightTicket {
    const fields = this.#seal.open(sealed) as [string, string, number, FlightSelection, NodePath, string | null] | undefined;
    if (!fields) throw new TesseraError('unauthenticated', 'The ticket was not made by this server, or was changed. Ask for one by GetFlightInfo.');
    const [manifestId, principalId, expiresAtMs, selection, path, holder] = fields;
    return { ticket: { manifestId, principalId, expiresAtMs }, selection, path, ...(holder === null ? {} : { holder }) };
  }
}

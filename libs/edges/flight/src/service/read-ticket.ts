import { TesseraError, type Call, type Credentials, type Identity, type Reader } from '@tessera/domain';
import { fingerprint } from '../access/credentials.ts';
import type { FlightTicket, FlightTickets } from '../access/flight-tickets.ts';
import { ipcMessages } from '../ipc/ipc-messages.ts';
import { flightDataParts, type MessageParts } from '../messages/flight-data.ts';
import type { RunningReads } from './running-reads.ts';

export interface TicketReaderOptions {
  readonly reader: Reader;
  readonly tickets: FlightTickets;
  readonly running: RunningReads;
  /** Absent where nobody knows who credentials prove: there they must be those that the ticket was made for. */
  readonly identity: Identity | undefined;
}

/** Serves what tickets give. A ticket is all the right that is needed; credentials that are shown with it must fit. */
export class TicketReader {
  readonly #options: TicketReaderOptions;

  constructor(options: TicketReaderOptions) {
    this.#options = options;
  }

  /** The batches of a ticket as Flight data. */
  async *read(sealed: Uint8Array, credentials: Credentials, call: Call): AsyncGenerator<MessageParts> {
    const { tickets, running, reader } = this.#options;
    const { ticket, selection, ...held } = tickets.open(sealed);
    await this.checkHolder({ ticket, selection, ...held }, credentials, call);
    const open = (given: Call) => ('table' in selection ? reader.readTable(ticket, selection.table, given) : reader.readArray(ticket, selection.array, given));
    for await (const message of running.run(sealed, call, (given) => ipcMessages(open(given)))) yield flightDataParts(message);
  }

  /** @throws TesseraError permission_denied if the credentials are somebody else's, unauthenticated if they prove nobody. */
  async checkHolder({ ticket, holder }: FlightTicket, credentials: Credentials, call: Call): Promise<void> {
    if (credentials.kind === 'none') return;
    const { identity } = this.#options;
    const fits = identity ? (await identity.principalOf(credentials, call)).id === ticket.principalId : fingerprint(credentials) === holder;
    if (!fits) throw new TesseraError('permission_denied', 'This ticket was made for somebody else. Ask for your own by GetFlightInfo.');
  }
}

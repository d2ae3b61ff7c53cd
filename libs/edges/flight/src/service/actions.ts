import { TesseraError, mintTicket, type Call, type Credentials } from '@tessera/domain';
import { fingerprint } from '../access/credentials.ts';
import type { FlightTickets } from '../access/flight-tickets.ts';
import { pathOfSegments } from '../commands/path-of-segments.ts';
import { parseJsonObject, readPath } from '../commands/parse-command.ts';
import { cancelFlightInfoRequest, cancelFlightInfoResult, cancelStatuses, flightEndpoint, renewFlightEndpointRequest, timestampOf } from '../messages/flight-messages.ts';
import { authorise } from './authorise.ts';
import type { FrontPorts } from './flight-ports.ts';
import type { TicketReader } from './read-ticket.ts';
import type { RunningReads } from './running-reads.ts';

export interface ActionContext {
  readonly front: FrontPorts | undefined;
  readonly tickets: FlightTickets;
  readonly ticketReader: TicketReader;
  readonly running: RunningReads;
}

interface FlightAction {
  readonly description: string;
  /** Whether a process that serves tickets only can do it. */
  readonly byTicket?: boolean;
  run(body: Uint8Array, context: ActionContext, credentials: Credentials, call: Call): Promise<Uint8Array | undefined>;
}

/** What DoAction can do, by type. */
export const flightActions: ReadonlyMap<string, FlightAction> = new Map<string, FlightAction>([
  ['CancelFlightInfo', { description: 'Ends the reads of a FlightInfo in this process, and lets its tickets be used no more. Body: CancelFlightInfoRequest; result: CancelFlightInfoResult.', byTicket: true, run: cancel }],
  ['RenewFlightEndpoint', { description: 'A new ticket for an endpoint. Body: RenewFlightEndpointRequest; result: FlightEndpoint.', run: renew }],
  ['refresh', { description: 'Indexes anew the file that a node lies in. Body: the path, or JSON {"path": …}. Needs the scope register.', run: refresh }],
]);

export async function runAction(type: string, body: Uint8Array, context: ActionContext, credentials: Credentials, call: Call): Promise<Uint8Array | undefined> {
  const action = flightActions.get(type);
  if (!action) throw new TesseraError('unsupported', `There is no action "${type.slice(0, 100)}": there are ${[...flightActions.keys()].join(', ')}.`);
  return action.run(body, context, credentials, call);
}

async function cancel(body: Uint8Array, { tickets, ticketReader, running }: ActionContext, credentials: Credentials, call: Call): Promise<Uint8Array> {
  const endpoints = cancelFlightInfoRequest.decode(body).info?.endpoints ?? [];
  const sealed = endpoints.flatMap(({ ticket }) => ticket?.ticket ?? []);
  if (sealed.length === 0) throw new TesseraError('invalid_argument', 'The FlightInfo to cancel has no endpoint with a ticket.');
  for (const ticket of sealed) await ticketReader.checkHolder(tickets.open(ticket), credentials, call);
  for (const ticket of sealed) running.cancel(ticket);
  return cancelFlightInfoResult.encode({ status: cancelStatuses.cancelled });
}

async function renew(body: Uint8Array, { tickets, front }: ActionContext, credentials: Credentials, call: Call): Promise<Uint8Array> {
  const { endpoint } = renewFlightEndpointRequest.decode(body);
  if (!endpoint?.ticket) throw new TesseraError('invalid_argument', 'The endpoint to renew has no ticket.');
  const { catalog, identity } = needFront(front);
  const principal = await authorise(identity, credentials, ['read:metadata', 'read:data'], call);
  const old = tickets.open(endpoint.ticket.ticket);
  if (old.ticket.principalId !== principal.id) throw new TesseraError('permission_denied', 'This ticket was made for somebody else. Ask for your own by GetFlightInfo.');
  const { node } = await catalog.resolve(principal, old.path, {}, call);
  const ticket = mintTicket(principal, node);
  if (ticket.manifestId !== old.ticket.manifestId) throw new TesseraError('stale', 'The data has changed since this ticket was made. Ask for a new one by GetFlightInfo.');
  const holder = fingerprint(credentials);
  const { holder: _, ...kept } = old;
  const renewed = tickets.seal({ ...kept, ticket, ...(holder === undefined ? {} : { holder }) });
  return flightEndpoint.encode({ ...endpoint, ticket: { ticket: renewed }, expirationTime: timestampOf(ticket.expiresAtMs) });
}

async function refresh(body: Uint8Array, { front }: ActionContext, credentials: Credentials, call: Call): Promise<undefined> {
  const { identity, ingest } = needFront(front);
  const principal = await authorise(identity, credentials, ['read:metadata', 'register'], call);
  const isJson = body[0] === 0x7b; // {
  const path = isJson ? readPath(parseJsonObject(body, 'A refresh', ['path'])['path'], 'A refresh') : pathOfSegments([Buffer.from(body).toString('utf8')]);
  if (!ingest) throw new TesseraError('unsupported', 'Nothing is indexed from here.');
  await ingest.refresh(principal, path, call);
}

/** @throws TesseraError unsupported in a process that serves tickets only. */
export function needFront(front: FrontPorts | undefined): FrontPorts {
  if (front) return front;
  throw new TesseraError('unsupported', 'This process serves tickets only. Ask the gateway, whose address gave you this one.');
}

// The methods of Arrow Flight over the ports. What a descriptor's command may be is decided in `commands`.
import { TesseraError, type Call, type Credentials, type Resolved, type Scope } from '@tessera/domain';
import { fingerprint, readCredentials } from '../access/credentials.ts';
import { FlightTickets } from '../access/flight-tickets.ts';
import { SessionTokens } from '../access/session-tokens.ts';
import type { FlightQuery } from '../commands/flight-query.ts';
import { parseCriteria } from '../commands/parse-criteria.ts';
import { parseDescriptor } from '../commands/parse-descriptor.ts';
import {
  actionMessage, actionType, criteria, descriptorTypes, flightDescriptor, flightInfo, pollInfo, resultMessage, schemaResult, ticketMessage, type FlightDescriptor, type FlightInfo,
} from '../messages/flight-messages.ts';
import type { MessageParts } from '../messages/flight-data.ts';
import { flightActions, needFront, runAction, type ActionContext } from './actions.ts';
import { authorise } from './authorise.ts';
import { describeFlight, describeSchema, type Describer, type Holder } from './describe-flight.ts';
import type { FlightMethod, FlightMethods, IncomingCall } from './flight-method.ts';
import type { EndpointLocations, FlightPorts, FrontPorts } from './flight-ports.ts';
import { shakeHands } from './handshake.ts';
import { listFlights } from './list-flights.ts';
import { Schemas } from './read-schema.ts';
import { TicketReader } from './read-ticket.ts';
import { RunningReads } from './running-reads.ts';

export interface FlightServiceOptions {
  readonly ports: FlightPorts;
  /** Seals tickets and tokens; the same in all processes that are to read them. */
  readonly secret: string;
  readonly locations: EndpointLocations;
}

const readScopes: readonly Scope[] = ['read:metadata', 'read:data'];

/** Everything the methods share. */
interface Service extends ActionContext, Describer {
  readonly front: FrontPorts | undefined;
  readonly sessions: SessionTokens;
}

export function flightMethods({ ports, secret, locations }: FlightServiceOptions): FlightMethods {
  const tickets = new FlightTickets(secret);
  const running = new RunningReads();
  const { reader, front } = ports;
  const ticketReader = new TicketReader({ reader, tickets, running, identity: front?.identity });
  const service: Service = { front, sessions: new SessionTokens(secret), tickets, running, ticketReader, schemas: new Schemas(reader), locations };
  return {
    Handshake: { kind: 'dialogue', serve: (requests, incoming) => shakeHands(needFront(front).identity, service.sessions, requests, incoming) },
    ListFlights: { kind: 'stream', serve: (request, incoming) => list(service, request, incoming) },
    GetFlightInfo: { kind: 'unary', serve: async (request, incoming) => [flightInfo.encode(await infoOf(service, request, incoming))] },
    // What is asked for is there at once: there is nothing to poll for again.
    PollFlightInfo: { kind: 'unary', serve: async (request, incoming) => [pollInfo.encode({ info: await infoOf(service, request, incoming) })] },
    GetSchema: { kind: 'unary', serve: (request, incoming) => schemaOf(service, request, incoming) },
    DoGet: { kind: 'stream', serve: (request, incoming) => ticketReader.read(ticketMessage.decode(request).ticket, credentialsOf(service, incoming), incoming.call) },
    DoPut: notYet('DoPut', 'Nothing can be written over Flight yet: register files, or write over HTTP.'),
    DoExchange: notYet('DoExchange', 'There is no DoExchange: read by GetFlightInfo and DoGet.'),
    DoAction: { kind: 'stream', serve: (request, incoming) => act(service, request, incoming) },
    ListActions: { kind: 'stream', serve: () => listActions(front) },
  };
}

const credentialsOf = ({ sessions }: Service, { header }: IncomingCall): Credentials => readCredentials(header, sessions);

/** A descriptor's query, the node that it names, and who asks. */
interface Asked {
  readonly descriptor: FlightDescriptor;
  readonly query: FlightQuery;
  readonly resolved: Resolved;
  readonly holder: Holder;
}

async function ask(service: Service, request: Uint8Array, incoming: IncomingCall, scopes: readonly Scope[]): Promise<Asked> {
  const { catalog, identity } = needFront(service.front);
  const credentials = credentialsOf(service, incoming);
  const principal = await authorise(identity, credentials, scopes, incoming.call);
  const descriptor = flightDescriptor.decode(request);
  const query = parseDescriptor(descriptor);
  const resolved = await catalog.resolve(principal, query.path, {}, incoming.call);
  return { descriptor, query, resolved, holder: { principal, fingerprint: fingerprint(credentials) } };
}

async function infoOf(service: Service, request: Uint8Array, incoming: IncomingCall): Promise<FlightInfo> {
  const { descriptor, query, resolved, holder } = await ask(service, request, incoming, readScopes);
  return describeFlight(service, descriptor, query, resolved, holder, incoming.call);
}

async function schemaOf(service: Service, request: Uint8Array, incoming: IncomingCall): Promise<MessageParts> {
  const { query, resolved, holder } = await ask(service, request, incoming, readScopes);
  return [schemaResult.encode({ schema: await describeSchema(service, query, resolved, holder, incoming.call) })];
}

async function* list(service: Service, request: Uint8Array, incoming: IncomingCall): AsyncGenerator<MessageParts> {
  const { catalog, search, identity } = needFront(service.front);
  const { call } = incoming;
  const credentials = credentialsOf(service, incoming);
  const principal = await authorise(identity, credentials, readScopes, call);
  const holder = { principal, fingerprint: fingerprint(credentials) };
  for await (const node of listFlights(catalog, search, principal, parseCriteria(criteria.decode(request).expression), call)) {
    const descriptor: FlightDescriptor = { type: descriptorTypes.path, cmd: new Uint8Array(0), path: node.path };
    const info = await describeIfReadable(() => describeFlight(service, descriptor, { path: node.path }, { node }, holder, call), call);
    if (info) yield [flightInfo.encode(info)];
  }
}

/** A node that cannot be read, or not as Arrow, does not keep its neighbours from being listed. */
async function describeIfReadable(describe: () => Promise<FlightInfo>, call: Call): Promise<FlightInfo | undefined> {
  try {
    return await describe();
  } catch (error) {
    const isOfNode = ['gone', 'stale', 'not_found', 'not_acceptable', 'unsupported', 'too_large'].includes((error as Partial<TesseraError>).code ?? '');
    if (isOfNode && !call.signal?.aborted) return undefined;
    throw error;
  }
}

async function* act(service: Service, request: Uint8Array, incoming: IncomingCall): AsyncGenerator<MessageParts> {
  const { type, body } = actionMessage.decode(request);
  const result = await runAction(type, body, service, credentialsOf(service, incoming), incoming.call);
  if (result) yield [resultMessage.encode({ body: result })];
}

async function* listActions(front: FrontPorts | undefined): AsyncGenerator<MessageParts> {
  for (const [type, { description, byTicket }] of flightActions) {
    if (front || byTicket) yield [actionType.encode({ type, description })];
  }
}

function notYet(method: string, message: string): FlightMethod {
  return {
    kind: 'dialogue',
    async *serve() {
      throw new TesseraError('unsupported', message, { method });
    },
  };
}

import { formatNodePath, mintTicket, type Call, type Principal, type Resolved } from '@tessera/domain';
import type { FlightTickets } from '../access/flight-tickets.ts';
import type { FlightQuery } from '../commands/flight-query.ts';
import { timestampOf, type FlightDescriptor, type FlightEndpoint, type FlightInfo } from '../messages/flight-messages.ts';
import type { EndpointLocations } from './flight-ports.ts';
import { planFlight } from './plan-flight.ts';
import type { Schemas } from './read-schema.ts';

export interface Describer {
  readonly schemas: Schemas;
  readonly tickets: FlightTickets;
  readonly locations: EndpointLocations;
}

/** Who a flight is described to. */
export interface Holder {
  readonly principal: Principal;
  /** Of the credentials that they showed. */
  readonly fingerprint: string | undefined;
}

/** What a query gives, and the tickets to get it. @throws TesseraError as `planFlight`, and gone for a node with a problem. */
export async function describeFlight(describer: Describer, descriptor: FlightDescriptor, query: FlightQuery, resolved: Resolved, holder: Holder, call: Call): Promise<FlightInfo> {
  const plan = planFlight(resolved, query);
  const ticket = mintTicket(holder.principal, resolved.node);
  const schema = await describer.schemas.read(ticket, plan.probe, call);
  const held = holder.fingerprint === undefined ? {} : { holder: holder.fingerprint };
  const endpoints = plan.parts.map((selection, ordinal): FlightEndpoint => ({
    ticket: { ticket: describer.tickets.seal({ ticket, selection, path: query.path, ...held }) },
    location: describer.locations(ticket.manifestId, ordinal).map((uri) => ({ uri })),
    expirationTime: timestampOf(ticket.expiresAtMs),
    appMetadata: new Uint8Array(0),
  }));
  return {
    schema, descriptor, endpoints, ordered: true,
    totalRecords: plan.totalRecords ?? -1,
    totalBytes: plan.totalByteLength ?? -1,
    // What the node is, for those who list.
    appMetadata: Buffer.from(JSON.stringify({ path: formatNodePath(query.path), family: resolved.column === undefined ? resolved.node.structure.family : 'table' })),
  };
}

/** The schema alone. @throws TesseraError as `describeFlight`. */
export async function describeSchema(describer: Describer, query: FlightQuery, resolved: Resolved, { principal }: Pick<Holder, 'principal'>, call: Call): Promise<Uint8Array> {
  const { probe } = planFlight(resolved, query);
  return describer.schemas.read(mintTicket(principal, resolved.node), probe, call);
}

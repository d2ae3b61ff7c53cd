import type { Call } from '@tessera/domain';
import type { ReadHeader } from '../access/credentials.ts';
import type { MessageParts } from '../messages/flight-data.ts';

/** A call as it came in, whatever carries it. */
export interface IncomingCall {
  readonly header: ReadHeader;
  readonly call: Call;
  /** Sends a header of the answer; before its first message. */
  sendHeader(name: string, value: string): void;
}

/** A method of the service: messages in, messages out. What it throws is the status of the call. */
export type FlightMethod =
  | { readonly kind: 'unary'; serve(request: Uint8Array, incoming: IncomingCall): Promise<MessageParts> }
  | { readonly kind: 'stream'; serve(request: Uint8Array, incoming: IncomingCall): AsyncIterable<MessageParts> }
  | { readonly kind: 'dialogue'; serve(requests: AsyncIterable<Uint8Array>, incoming: IncomingCall): AsyncIterable<MessageParts> };

export const flightMethodNames = ['Handshake', 'ListFlights', 'GetFlightInfo', 'PollFlightInfo', 'GetSchema', 'DoGet', 'DoPut', 'DoExchange', 'DoAction', 'ListActions'] as const;
export type FlightMethods = Readonly<Record<(typeof flightMethodNames)[number], FlightMethod>>;

/** Of `FlightService` in Flight.proto. */
export const servicePath = 'arrow.flight.protocol.FlightService';

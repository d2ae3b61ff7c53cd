// Messages of proto/arrow/flight/Flight.proto.
import { boolField, bytesField, intField, messageField, messagesField, MessageType, textField, textsField } from './protobuf.ts';

export interface HandshakeMessage {
  readonly protocolVersion: number;
  readonly payload: Uint8Array;
}
/** HandshakeRequest and HandshakeResponse. */
export const handshakeMessage = new MessageType<HandshakeMessage>({ protocolVersion: intField(1), payload: bytesField(2) });

export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}
export const basicAuth = new MessageType<BasicAuth>({ username: textField(2), password: textField(3) });

export interface Criteria {
  readonly expression: Uint8Array;
}
export const criteria = new MessageType<Criteria>({ expression: bytesField(1) });

export interface FlightDescriptor {
  readonly type: number;
  readonly cmd: Uint8Array;
  readonly path: readonly string[];
}
export const descriptorTypes = { path: 1, command: 2 } as const;
export const flightDescriptor = new MessageType<FlightDescriptor>({ type: intField(1), cmd: bytesField(2), path: textsField(3) });

export interface TicketMessage {
  readonly ticket: Uint8Array;
}
export const ticketMessage = new MessageType<TicketMessage>({ ticket: bytesField(1) });

export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}
const timestamp = new MessageType<Timestamp>({ seconds: intField(1), nanos: intField(2) });

/** Milliseconds since the epoch as a message. */
export function timestampOf(timeMs: number): Timestamp {
  return { seconds: Math.floor(timeMs / 1000), nanos: (timeMs % 1000) * 1_000_000 };
}

interface Location {
  readonly uri: string;
}
const location = new MessageType<Location>({ uri: textField(1) });

export interface FlightEndpoint {
  readonly ticket?: TicketMessage;
  /** None: where the info came from. */
  readonly location: readonly Location[];
  readonly expirationTime?: Timestamp;
  readonly appMetadata: Uint8Array;
}
export const flightEndpoint = new MessageType<FlightEndpoint>({
  ticket: messageField(ticketMessage, 1), location: messagesField(location, 2), expirationTime: messageField(timestamp, 3), appMetadata: bytesField(4),
});

export interface FlightInfo {
  /** Encapsulated schema message. */
  readonly schema: Uint8Array;
  readonly descriptor?: FlightDescriptor;
  readonly endpoints: readonly FlightEndpoint[];
  /** -1 if nobody knows. */
  readonly totalRecords: number;
  readonly totalBytes: number;
  readonly ordered: boolean;
  readonly appMetadata: Uint8Array;
}
export const flightInfo = new MessageType<FlightInfo>({
  schema: bytesField(1), descriptor: messageField(flightDescriptor, 2), endpoints: messagesField(flightEndpoint, 3),
  totalRecords: intField(4), totalBytes: intField(5), ordered: boolField(6), appMetadata: bytesField(7),
});

export const schemaResult = new MessageType<{ readonly schema: Uint8Array }>({ schema: bytesField(1) });

export interface PollInfo {
  readonly info?: FlightInfo;
}
export const pollInfo = new MessageType<PollInfo>({ info: messageField(flightInfo, 1) });

export interface Action {
  readonly type: string;
  readonly body: Uint8Array;
}
export const actionMessage = new MessageType<Action>({ type: textField(1), body: bytesField(2) });
export const resultMessage = new MessageType<{ readonly body: Uint8Array }>({ body: bytesField(1) });
export const actionType = new MessageType<{ readonly type: string; readonly description: string }>({ type: textField(1), description: textField(2) });

export const cancelStatuses = { cancelled: 1, cancelling: 2, notCancellable: 3 } as const;
export const cancelFlightInfoRequest = new MessageType<{ readonly info?: FlightInfo }>({ info: messageField(flightInfo, 1) });
export const cancelFlightInfoResult = new MessageType<{ readonly status: number }>({ status: intField(1) });
export const renewFlightEndpointRequest = new MessageType<{ readonly endpoint?: FlightEndpoint }>({ endpoint: messageField(flightEndpoint, 1) });

import type { IpcMessage } from '../ipc/ipc-messages.ts';
import { lengthPrefix } from './protobuf.ts';

const headerField = 2;
const bodyField = 1000;

/** A message in the parts that it is written in: one after the other they are its bytes. */
export type MessageParts = readonly Uint8Array[];

/** `FlightData` of an IPC message. The body goes out as it came in, without a copy. */
export function flightDataParts({ header, body, bodyByteLength }: IpcMessage): MessageParts {
  if (bodyByteLength === 0) return [lengthPrefix(headerField, header.byteLength), header];
  return [Buffer.concat([lengthPrefix(headerField, header.byteLength), header, lengthPrefix(bodyField, bodyByteLength)]), ...body];
}

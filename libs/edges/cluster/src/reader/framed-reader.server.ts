import type { Reader } from '@tessera/domain';
import type { FrameHandlers } from '../frames/frame-server.ts';
import type { ServerContext } from '../handle.ts';
import { openTicket } from '../ticket.wire.ts';
import { decodeArrayRequest, decodeChunkRequest, decodeTableRequest, readerMethods } from './reader.wire.ts';

/** Serves the bytes of a reader over frames. Messages are those of tessera.reader.v1; the ticket in each is the caller's only right. */
export function framedReaderHandlers(reader: Reader, context: ServerContext, protoDirectory: string): FrameHandlers {
  const methods = readerMethods(protoDirectory);
  const ticketOf = (message: { ticket?: string }) => openTicket(message.ticket ?? '', context.keys.ticket);
  return {
    readChunk: async (message, call) => {
      const request = methods.ReadChunk.requestDeserialize(message);
      return reader.readChunk(ticketOf(request), decodeChunkRequest(request), call);
    },
    readArray: (message, call) => {
      const request = methods.ReadArray.requestDeserialize(message);
      return reader.readArray(ticketOf(request), decodeArrayRequest(request), call);
    },
    readTable: (message, call) => {
      const request = methods.ReadTable.requestDeserialize(message);
      return reader.readTable(ticketOf(request), decodeTableRequest(request), call);
    },
    report: (error, method) => context.report(error, `frames/${method}`),
  };
}

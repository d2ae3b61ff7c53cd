import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Reader, Ticket } from '@tessera/domain';
import { pieceByteLength, unaryChunkByteLength } from '../channel.ts';
import { handleServerStream, handleUnary, type Incoming, type ServerContext } from '../handle.ts';
import { openTicket } from '../ticket.wire.ts';
import { splitPieces, type ChunkPiece } from './piece.wire.ts';
import {
  decodeArrayRequest, decodeChunkRequest, decodeTableRequest, encodeLayout, type ArrayMessage, type ChunkMessage, type TableMessage, type TicketMessage,
} from './reader.wire.ts';

/** Handlers that serve a reader to other processes. The ticket in each message is the caller's only right. */
export function readerHandlers(reader: Reader, context: ServerContext): UntypedServiceImplementation {
  const ticketOf = (message: { ticket?: string }): Ticket => openTicket(message.ticket ?? '', context.keys.ticket);
  const readChunk = ({ request, call }: Incoming<ChunkMessage>) => reader.readChunk(ticketOf(request), decodeChunkRequest(request), call);
  return {
    Describe: handleUnary(context, 'ticket', async ({ request, call }: Incoming<TicketMessage>) => encodeLayout(await reader.describe(ticketOf(request), request.column, call))),
    ReadChunk: handleUnary(context, 'ticket', async (incoming: Incoming<ChunkMessage>): Promise<ChunkPiece> => {
      const data = await readChunk(incoming);
      return data !== undefined && data.byteLength > unaryChunkByteLength ? { oversize: true } : { data };
    }),
    ReadLargeChunk: handleServerStream(context, 'ticket', async function* (incoming: Incoming<ChunkMessage>) {
      yield* encodeLargeChunk(await readChunk(incoming));
    }, (piece) => piece.data?.byteLength ?? 0),
    ReadArray: handleServerStream(context, 'ticket', ({ request, call }: Incoming<ArrayMessage>) =>
      splitPieces(reader.readArray(ticketOf(request), decodeArrayRequest(request), call), pieceByteLength), (piece) => piece.byteLength),
    ReadTable: handleServerStream(context, 'ticket', ({ request, call }: Incoming<TableMessage>) =>
      splitPieces(reader.readTable(ticketOf(request), decodeTableRequest(request), call), pieceByteLength), (piece) => piece.byteLength),
  };
}

function* encodeLargeChunk(chunk: Uint8Array | undefined): Generator<ChunkPiece> {
  if (chunk === undefined) {
    yield { data: undefined };
    return;
  }
  yield { data: chunk.subarray(0, pieceByteLength), totalByteLength: chunk.byteLength };
  for (let at = pieceByteLength; at < chunk.byteLength; at += pieceByteLength) yield { data: chunk.subarray(at, at + pieceByteLength) };
}

import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { EncodedChunk, Reader, Ticket } from '@tessera/domain';
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
      const piece = pieceOf(await readChunk(incoming));
      return piece.data !== undefined && piece.data.byteLength > unaryChunkByteLength ? { oversize: true } : piece;
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

function pieceOf(chunk: EncodedChunk | undefined): ChunkPiece {
  if (!chunk) return { data: undefined };
  return chunk.bytes ? { data: chunk.bytes, version: chunk.version, chunkByteLength: chunk.totalByteLength } : { version: chunk.version, isUnchanged: true };
}

function* encodeLargeChunk(chunk: EncodedChunk | undefined): Generator<ChunkPiece> {
  const bytes = chunk?.bytes;
  if (!bytes) {
    yield pieceOf(chunk);
    return;
  }
  yield { data: bytes.subarray(0, pieceByteLength), totalByteLength: bytes.byteLength, version: chunk.version, chunkByteLength: chunk.totalByteLength };
  for (let at = pieceByteLength; at < bytes.byteLength; at += pieceByteLength) yield { data: bytes.subarray(at, at + pieceByteLength) };
}

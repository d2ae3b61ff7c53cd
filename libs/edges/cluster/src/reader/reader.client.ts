import { elementCount, TesseraError, type ArrayLayout, type ArrayRequest, type Call, type ChunkRequest, type Reader, type TableRequest, type Ticket } from '@tessera/domain';
import { unaryChunkByteLength, type ClusterChannel } from '../channel.ts';
import { invokeServerStream, invokeUnary } from '../invoke.ts';
import { sealTicket } from '../ticket.wire.ts';
import type { ChunkPiece } from './piece.wire.ts';
import { decodeLayout, encodeArrayRequest, encodeChunkRequest, encodeTableRequest, readerMethods, type ChunkMessage, type ReaderMethods } from './reader.wire.ts';

/** Chunks of more elements are asked for as a stream at once: at 8 bytes each they would not fit in one message. */
const unaryElementCount = unaryChunkByteLength / 8;
/** No chunk is larger than what a Zarr client could hold; a length beyond it is a damaged message. */
const mostChunkByteLength = 2 ** 31;

/** The reader of one other process. */
export class ReaderClient implements Reader {
  private readonly methods: ReaderMethods;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = readerMethods(channel.protoDirectory);
  }

  async describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout> {
    const request = { ticket: this.seal(ticket), column };
    return decodeLayout(await invokeUnary(this.channel, this.methods.Describe, request, { proof: { by: 'ticket' }, call }));
  }

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<Uint8Array | undefined> {
    const message = encodeChunkRequest(ticket, request, this.channel.keys.ticket);
    if (elementCount(request.chunkShape) > unaryElementCount) return this.readLargeChunk(message, call);
    const piece = await invokeUnary(this.channel, this.methods.ReadChunk, message, { proof: { by: 'ticket' }, call });
    return piece.oversize ? this.readLargeChunk(message, call) : piece.data;
  }

  readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncIterable<Uint8Array> {
    const message = encodeArrayRequest(ticket, request, this.channel.keys.ticket);
    return invokeServerStream(this.channel, this.methods.ReadArray, message, { proof: { by: 'ticket' }, call, isOpenEnded: true });
  }

  readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncIterable<Uint8Array> {
    const message = encodeTableRequest(ticket, request, this.channel.keys.ticket);
    return invokeServerStream(this.channel, this.methods.ReadTable, message, { proof: { by: 'ticket' }, call, isOpenEnded: true });
  }

  private async readLargeChunk(message: ChunkMessage, call: Call | undefined): Promise<Uint8Array | undefined> {
    return joinPieces(invokeServerStream(this.channel, this.methods.ReadLargeChunk, message, { proof: { by: 'ticket' }, call }));
  }

  private seal(ticket: Ticket): string {
    return sealTicket(ticket, this.channel.keys.ticket);
  }
}

async function joinPieces(pieces: AsyncIterable<ChunkPiece>): Promise<Uint8Array | undefined> {
  let chunk: Uint8Array | undefined;
  let at = 0;
  for await (const { data, totalByteLength } of pieces) {
    if (data === undefined) return undefined;
    if (chunk === undefined) {
      if (totalByteLength === undefined || totalByteLength > mostChunkByteLength) break;
      chunk = new Uint8Array(totalByteLength);
    }
    if (at + data.byteLength > chunk.byteLength) break;
    chunk.set(data, at);
    at += data.byteLength;
  }
  if (chunk === undefined || at !== chunk.byteLength) throw new TesseraError('internal', 'A chunk arrived damaged.');
  return chunk;
}

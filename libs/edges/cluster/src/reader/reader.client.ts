import { elementCount, TesseraError, type ArrayLayout, type ArrayRequest, type Call, type ChunkRange, type ChunkRequest, type EncodedChunk, type Reader, type TableRequest, type Ticket } from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';
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

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined> {
    const message = encodeChunkRequest(ticket, request, this.channel.keys.ticket);
    if (!isShort(request.range) && elementCount(request.chunkShape) > unaryElementCount) return this.readLargeChunk(message, call);
    const piece = await invokeUnary(this.channel, this.methods.ReadChunk, message, { proof: { by: 'ticket' }, call });
    return piece.oversize ? this.readLargeChunk(message, call) : chunkOf(piece, piece.data);
  }

  readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncIterable<Uint8Array> {
    const message = encodeArrayRequest(ticket, request, this.channel.keys.ticket);
    return invokeServerStream(this.channel, this.methods.ReadArray, message, { proof: { by: 'ticket' }, call, isOpenEnded: true });
  }

  readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncIterable<Uint8Array> {
    const message = encodeTableRequest(ticket, request, this.channel.keys.ticket);
    return invokeServerStream(this.channel, this.methods.ReadTable, message, { proof: { by: 'ticket' }, call, isOpenEnded: true });
  }

  private async readLargeChunk(message: ChunkMessage, call: Call | undefined): Promise<EncodedChunk | undefined> {
    return joinPieces(invokeServerStream(this.channel, this.methods.ReadLargeChunk, message, { proof: { by: 'ticket' }, call }));
  }

  private seal(ticket: Ticket): string {
    return sealTicket(ticket, this.channel.keys.ticket);
  }
}

async function joinPieces(pieces: AsyncIterable<ChunkPiece>): Promise<EncodedChunk | undefined> {
  let first: ChunkPiece | undefined;
  let bytes: Uint8Array | undefined;
  let at = 0;
  for await (const piece of pieces) {
    first ??= piece;
    if (piece.data === undefined) return chunkOf(piece, undefined);
    if (bytes === undefined) {
      if (piece.totalByteLength === undefined || piece.totalByteLength > mostChunkByteLength) break;
      bytes = new Uint8Array(piece.totalByteLength);
    }
    if (at + piece.data.byteLength > bytes.byteLength) break;
    bytes.set(piece.data, at);
    at += piece.data.byteLength;
  }
  if (first === undefined || bytes === undefined || at !== bytes.byteLength) throw new TesseraError('internal', 'A chunk arrived damaged.');
  return chunkOf(first, bytes);
}

function chunkOf({ version, isUnchanged, chunkByteLength }: ChunkPiece, bytes: Uint8Array | undefined): EncodedChunk | undefined {
  if (!bytes && !isUnchanged) return undefined;
  return { ...(bytes ? { bytes } : {}), ...present('version', version), ...present('totalByteLength', chunkByteLength) };
}

/** Whether a range fits in one message, if its chunk need not be made. */
function isShort(range: ChunkRange | undefined): boolean {
  if (!range) return false;
  const byteLength = 'start' in range ? (range.end ?? Infinity) - range.start : range.suffixByteLength;
  return byteLength <= unaryChunkByteLength;
}

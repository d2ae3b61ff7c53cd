import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { TesseraError, type ArrayLayout, type ArrayRequest, type Call, type ChunkRequest, type EncodedChunk, type Reader, type TableRequest, type Ticket } from '@tessera/domain';
import { isTransportFailure } from '../error.wire.ts';
import { FramedReaderClient } from './framed-reader.client.ts';
import { ReaderClient } from './reader.client.ts';
import type { ReaderGroup, ReaderMember } from './reader-group.ts';
import { rankMembers } from './rendezvous.ts';

/** Longer than a channel waits before it connects again. */
const reconnectDelayMs = 200;

/** What carries bytes from readers: frames cost a fraction of gRPC, which any proxy understands. */
export type ReaderTransport = 'frames' | 'grpc';

/**
 * All readers as one. A manifest is read by the same reader as long as that is well, so
 * its caches stay warm; a reader that is lost is routed around within the request. A stream
 * that breaks off goes on with the next reader, from where it stopped.
 */
export class ReaderPool implements Reader {
  private readonly clients = new WeakMap<ReaderMember, Reader>();

  constructor(private readonly group: ReaderGroup, private readonly transport: ReaderTransport = 'frames') {}

  async describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout> {
    return this.ask(ticket, (reader) => reader.describe(ticket, column, call));
  }

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined> {
    return this.ask(ticket, (reader) => reader.readChunk(ticket, request, call));
  }

  readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncIterable<Uint8Array> {
    return this.stream(ticket, (reader) => reader.readArray(ticket, request, call));
  }

  readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncIterable<Uint8Array> {
    return this.stream(ticket, (reader) => reader.readTable(ticket, request, call));
  }

  close(): void {
    this.group.close();
  }

  private async ask<Answer>(ticket: Ticket, question: (reader: Reader) => Promise<Answer>): Promise<Answer> {
    let lost: unknown;
    for await (const member of this.candidates(ticket)) {
      try {
        return await question(this.clientOf(member));
      } catch (error) {
        if (!isTransportFailure(error)) throw error;
        this.group.markDown(member);
        lost = error;
      }
    }
    throw lost;
  }

  private async *stream(ticket: Ticket, open: (reader: Reader) => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const progress = { byteLength: 0, checksum: 0 };
    let lost: unknown;
    for await (const member of this.candidates(ticket)) {
      try {
        for await (const piece of resume(open(this.clientOf(member)), { ...progress })) {
          progress.byteLength += piece.byteLength;
          progress.checksum = crc32(piece, progress.checksum);
          yield piece;
        }
        return;
      } catch (error) {
        if (!isTransportFailure(error)) throw error;
        this.group.markDown(member);
        lost = error;
      }
    }
    throw lost;
  }

  /**
   * Readers to try, in order: first the well ones. The lost ones come last, they may be back before their probe. Then
   * all once more: a connection that broke under a reader which is well is there again by then.
   */
  private async *candidates(ticket: Ticket): AsyncGenerator<ReaderMember, void, undefined> {
    const rank = (members: readonly ReaderMember[]) => {
      const ranked = rankMembers(ticket.manifestId, members);
      return [...ranked.filter((member) => member.isUp), ...ranked.filter((member) => !member.isUp)];
    };
    yield* this.group.candidates(rank);
    await sleep(reconnectDelayMs);
    yield* this.group.candidates(rank);
  }

  private clientOf(member: ReaderMember): Reader {
    let client = this.clients.get(member);
    if (!client) this.clients.set(member, (client = this.transport === 'frames' ? new FramedReaderClient(member.channel) : new ReaderClient(member.channel)));
    return client;
  }
}

/** What the caller has of a stream already. */
interface Progress {
  readonly byteLength: number;
  readonly checksum: number;
}

/**
 * A stream without the bytes that the caller has. They are compared by checksum: data that differ
 * at each read, or changed since, cannot be continued.
 * @throws TesseraError unavailable if the stream begins otherwise than the caller's.
 */
async function* resume(pieces: AsyncIterable<Uint8Array>, had: Progress): AsyncGenerator<Uint8Array, void, undefined> {
  let toSkip = had.byteLength;
  let checksum = 0;
  for await (const piece of pieces) {
    if (toSkip === 0) {
      yield piece;
      continue;
    }
    const skipped = piece.subarray(0, toSkip);
    checksum = crc32(skipped, checksum);
    toSkip -= skipped.byteLength;
    if (toSkip > 0) continue;
    if (checksum !== had.checksum) break;
    if (skipped.byteLength < piece.byteLength) yield piece.subarray(skipped.byteLength);
  }
  if (toSkip > 0 || checksum !== had.checksum) {
    throw new TesseraError('unavailable', 'The read was interrupted, and the data are not the same any more. Read them again.');
  }
}

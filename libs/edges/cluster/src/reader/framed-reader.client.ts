import type { ArrayLayout, ArrayRequest, Call, ChunkRequest, EncodedChunk, Reader, TableRequest, Ticket } from '@tessera/domain';
import type { ClusterChannel } from '../channel.ts';
import { checkCall } from '../invoke.ts';
import { ReaderClient } from './reader.client.ts';
import { encodeArrayRequest, encodeChunkRequest, encodeTableRequest, readerMethods, type ReaderMethods } from './reader.wire.ts';

const defaultTimeoutMs = 60_000;

/** The reader of one other process: bytes by frames, the rest by gRPC. */
export class FramedReaderClient implements Reader {
  readonly #channel: ClusterChannel;
  readonly #methods: ReaderMethods;
  readonly #rest: ReaderClient;

  constructor(channel: ClusterChannel) {
    this.#channel = channel;
    this.#methods = readerMethods(channel.protoDirectory);
    this.#rest = new ReaderClient(channel);
  }

  describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout> {
    return this.#rest.describe(ticket, column, call);
  }

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined> {
    checkCall(call);
    const message = this.#methods.ReadChunk.requestSerialize(encodeChunkRequest(ticket, request, this.#channel.keys.ticket));
    return this.#channel.frames.readChunk(message, timeLeft(call) ?? defaultTimeoutMs, call);
  }

  async *readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncGenerator<Uint8Array, void, undefined> {
    checkCall(call);
    const message = this.#methods.ReadArray.requestSerialize(encodeArrayRequest(ticket, request, this.#channel.keys.ticket));
    yield* this.#channel.frames.readStream('readArray', message, timeLeft(call) ?? 0, call);
  }

  async *readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncGenerator<Uint8Array, void, undefined> {
    checkCall(call);
    const message = this.#methods.ReadTable.requestSerialize(encodeTableRequest(ticket, request, this.#channel.keys.ticket));
    yield* this.#channel.frames.readStream('readTable', message, timeLeft(call) ?? 0, call);
  }
}

/** Milliseconds, at least one. */
function timeLeft(call: Call | undefined): number | undefined {
  return call?.deadlineMs === undefined ? undefined : Math.max(call.deadlineMs - Date.now(), 1);
}

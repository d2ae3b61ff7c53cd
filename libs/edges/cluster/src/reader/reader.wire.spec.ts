import { stubReader } from '@tessera/testing';
import { isTesseraError, TesseraError, type Call, type Reader, type TableRequest, type Ticket } from '@tessera/domain';
import { openChannel, pieceByteLength, type ClusterChannel } from '../channel.ts';
import { isTransportFailure } from '../error.wire.ts';
import { openClusterServer, type ClusterServer } from '../server.ts';
import { FramedReaderClient } from './framed-reader.client.ts';
import { ReaderClient } from './reader.client.ts';

const secret = 'the secret of this test';
const ticket: Ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: Date.now() + 60_000 };
const everything = { selection: [], mediaType: 'application/octet-stream' } as const;

let Client: typeof ReaderClient | typeof FramedReaderClient = ReaderClient;
let server: ClusterServer | undefined;
let channel: ClusterChannel | undefined;

async function connect(methods: Partial<Reader>, clientSecret = secret, onError?: (error: unknown) => void): Promise<Reader> {
  server = await openClusterServer({ ports: { reader: stubReader(methods) }, host: '127.0.0.1', port: 0, secret, drainTimeoutMs: 200, ...(onError ? { onError } : {}) });
  channel = openChannel({ address: `127.0.0.1:${server.port}`, secret: clientSecret });
  return new Client(channel);
}

afterEach(async () => {
  channel?.close();
  await server?.close();
});

const codeOf = async (promise: Promise<unknown>) => promise.then(() => 'no error', (error: unknown) => (isTesseraError(error) ? error.code : error));
async function drain(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A stream without end that counts what was taken from it, and whether it was let go. */
function endless(pieceBytes: number) {
  const state = { taken: 0, released: false };
  async function* stream(_ticket: Ticket, _request: unknown, _call?: Call): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        state.taken++;
        yield new Uint8Array(pieceBytes);
      }
    } finally {
      state.released = true;
    }
  }
  return { state, stream };
}

describe.each([['gRPC', ReaderClient], ['frames', FramedReaderClient]] as const)('over %s', (_name, client) => {
  beforeAll(() => {
    Client = client;
  });

  describe('chunks', () => {
    it.each([0, 1, 131_072, 4 * 2 ** 20, 4 * 2 ** 20 + 1, 20 * 2 ** 20])('of %i bytes arrive whole', async (byteLength) => {
      const chunk = new Uint8Array(byteLength).map((_, index) => index % 251);
      const reader = await connect({ readChunk: async () => ({ bytes: chunk, version: 'é-1' }) });
      for (const chunkShape of [[4], [byteLength]]) {
        const got = await reader.readChunk(ticket, { chunkIndex: [0], chunkShape, codecs: [] });
        expect(Buffer.compare(got!.bytes!, chunk)).toBe(0);
        expect(got!.version).toBe('é-1');
      }
    });

    it('that the caller has are not sent again, large or small', async () => {
      const reader = await connect({ readChunk: async (_ticket, { knownVersion }) => ({ version: knownVersion! }) });
      for (const chunkShape of [[1], [1e7]]) {
        expect(await reader.readChunk(ticket, { chunkIndex: [0], chunkShape, codecs: [], knownVersion: 'v' })).toStrictEqual({ version: 'v' });
      }
    });

    it('that were never written are undefined, large or small', async () => {
      const reader = await connect({ readChunk: async () => undefined });
      expect(await reader.readChunk(ticket, { chunkIndex: [0], chunkShape: [1], codecs: [] })).toBeUndefined();
      expect(await reader.readChunk(ticket, { chunkIndex: [0], chunkShape: [1e7], codecs: [] })).toBeUndefined();
    });
  });

  describe('streams', () => {
    it('split large pieces and keep the bytes', async () => {
      const data = Uint8Array.from({ length: 3 * 2 ** 20 + 17 }, (_, index) => index % 241);
      const reader = await connect({ async *readArray() { yield data.subarray(0, 5); yield new Uint8Array(0); yield data.subarray(5); } });
      const lengths: number[] = [];
      const pieces: Uint8Array[] = [];
      for await (const piece of reader.readArray(ticket, everything)) {
        lengths.push(piece.byteLength);
        pieces.push(piece);
      }
      expect(Buffer.compare(Buffer.concat(pieces), data)).toBe(0);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(pieceByteLength);
    });

    it('stop the producer while nobody takes, and let it go when the consumer stops early', async () => {
      const { state, stream } = endless(256 * 1024);
      const reader = await connect({ readArray: stream });
      let taken = 0;
      for await (const piece of reader.readArray(ticket, everything)) {
        expect(piece.byteLength).toBe(256 * 1024);
        // Wait until the producer stands still: it must, though it has no end.
        for (let before = -1; before !== state.taken;) {
          before = state.taken;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        // Flow control windows and a few pieces on each side: far below any file.
        expect(state.taken * 256 * 1024).toBeLessThan(32 * 2 ** 20);
        if (++taken === 2) break;
      }
      await eventually(() => state.released);
    });

    it('throw the very error of the producer, before the first piece and after it', async () => {
      const reader = await connect({
        async *readArray(_ticket, request) {
          if (request.selection.length > 0) throw new TesseraError('too_large', 'Ask for less.', { limit: 3 });
          yield new Uint8Array(10);
          throw new TesseraError('gone', 'The file is cut short.');
        },
      });
      await expect(drain(reader.readArray(ticket, { ...everything, selection: [{ kind: 'index', index: 1 }] }))).rejects.toMatchObject({ code: 'too_large', message: 'Ask for less.', details: { limit: 3 } });
      const got: number[] = [];
      const reading = (async () => { for await (const piece of reader.readArray(ticket, everything)) got.push(piece.byteLength); })();
      await expect(reading).rejects.toMatchObject({ code: 'gone', message: 'The file is cut short.' });
      expect(got).toEqual([10]);
    });

    it('end when the caller aborts, on both sides', async () => {
      const { state, stream } = endless(1000);
      const reader = await connect({ readArray: stream });
      const controller = new AbortController();
      const reading = (async () => {
        for await (const _ of reader.readArray(ticket, everything, { signal: controller.signal })) controller.abort();
      })();
      expect(await codeOf(reading)).toBe('cancelled');
      await eventually(() => state.released);
    });
  });

  describe('calls', () => {
    it('carry requests, deadline and trace', async () => {
      let seen: unknown;
      let seenCall: Call | undefined;
      const reader = await connect({
        async *readTable(theTicket, request, call) { seen = { theTicket, request }; seenCall = call; yield new Uint8Array(1); },
        async readChunk(_ticket, _request, call) { seenCall = call; return undefined; },
      });
      const call = { deadlineMs: Date.now() + 30_000, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      const request: TableRequest = { columns: [], partitions: { start: 0, stop: 1 }, rows: { start: 3 }, filter: { column: 'a', op: 'eq', value: 'x' }, mediaType: 'text/csv' };
      await drain(reader.readTable(ticket, request, call));
      expect(seen).toEqual({ theTicket: ticket, request });
      expect(seenCall!.traceparent).toBe(call.traceparent);
      await reader.readChunk(ticket, { chunkIndex: [0], chunkShape: [1], codecs: [] }, call);
      expect(Math.abs(seenCall!.deadlineMs! - call.deadlineMs)).toBeLessThan(5_000);
      await drain(reader.readTable(ticket, { mediaType: 'text/csv' }));
      expect(seen).toEqual({ theTicket: ticket, request: { mediaType: 'text/csv' } });
    });

    it('abort the work on the other side when cancelled, and when the deadline passes', async () => {
      let aborted = 0;
      const reader = await connect({
        describe: (_ticket, _column, call) => new Promise((_, reject) => {
          call!.signal!.addEventListener('abort', () => { aborted++; reject(new TesseraError('cancelled', 'aborted')); });
        }),
      });
      const controller = new AbortController();
      const cancelled = reader.describe(ticket, undefined, { signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      expect(await codeOf(cancelled)).toBe('cancelled');
      await eventually(() => aborted === 1);
      expect(await codeOf(reader.describe(ticket, undefined, { deadlineMs: Date.now() + 100 }))).toBe('deadline_exceeded');
      await eventually(() => aborted === 2);
      expect(await codeOf(reader.describe(ticket, undefined, { signal: AbortSignal.abort() }))).toBe('cancelled');
      expect(await codeOf(reader.describe(ticket, undefined, { deadlineMs: Date.now() - 1 }))).toBe('deadline_exceeded');
    });

    it('that stream have to begin before the deadline, and may end after it', async () => {
      let released = false;
      const reader = await connect({
        async *readArray(_ticket, { mediaType }, call) {
          if (mediaType === 'late') {
            await new Promise((resolve) => call!.signal!.addEventListener('abort', resolve));
            released = true;
          }
          yield new Uint8Array(1);
          await new Promise((resolve) => setTimeout(resolve, 400));
          yield new Uint8Array(2);
        },
      });
      const deadline = () => ({ deadlineMs: Date.now() + 200 });
      const pieces: Uint8Array[] = [];
      for await (const piece of reader.readArray(ticket, everything, deadline())) pieces.push(piece);
      expect(pieces.map((piece) => piece.byteLength)).toEqual([1, 2]);
      expect(await codeOf(drain(reader.readArray(ticket, { ...everything, mediaType: 'late' }, deadline())))).toBe('deadline_exceeded');
      await eventually(() => released);
    });

    it('with a ticket of another cluster are refused before the reader is asked', async () => {
      let asked = false;
      const reader = await connect({ readChunk: async () => { asked = true; return undefined; } }, 'the secret of somebody else');
      expect(await codeOf(reader.readChunk(ticket, { chunkIndex: [0], chunkShape: [1], codecs: [] }))).toBe('unauthenticated');
      expect(await codeOf(drain(reader.readArray(ticket, everything)))).toBe('unauthenticated');
      expect(asked).toBe(false);
    });

    it('report unexpected errors here and only here', async () => {
      const reported: unknown[] = [];
      const reader = await connect({ readChunk: async () => { throw new Error('disk sda3 is full'); } }, secret, (error) => reported.push(error));
      const failure = await reader.readChunk(ticket, { chunkIndex: [0], chunkShape: [1], codecs: [] }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'internal', message: 'Internal server error' });
      expect(reported).toMatchObject([{ message: 'disk sda3 is full' }]);
    });

    it('to nobody are unavailable, and are known as such', async () => {
      channel = openChannel({ address: '127.0.0.1:1', secret });
      const failure = await new ReaderClient(channel).describe(ticket, undefined).catch((error: unknown) => error);
      expect(isTesseraError(failure, 'unavailable')).toBe(true);
      expect(isTransportFailure(failure)).toBe(true);
      expect((failure as Error).message).not.toContain('127.0.0.1');
    });
  });
});

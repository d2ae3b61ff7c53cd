// Peers that are gone, silent, foreign or damaged.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { stubReader } from '@tessera/testing';
import { lentPiece, releasePiece, type EncodedChunk, type Ticket } from '@tessera/domain';
import { openChannel } from '../channel.ts';
import { isTransportFailure } from '../error.wire.ts';
import { FramedReaderClient } from '../reader/framed-reader.client.ts';
import { openClusterServer } from '../server.ts';
import { encodeFrame, frameKinds, preface } from './frame.ts';

const secret = 'the secret of this test';
const ticket: Ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: Date.now() + 60_000 };
const chunk = { chunkIndex: [0], chunkShape: [1], codecs: [] };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function peer(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(address: string): FramedReaderClient {
  const channel = openChannel({ address, secret });
  closers.push(() => channel.close());
  return new FramedReaderClient(channel);
}

const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a caller', () => {
  it('takes a peer that closes, or sends what is no frame, for lost', async () => {
    const foreign = [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), (socket: Socket) => socket.write(Buffer.alloc(64, 255))];
    for (const serve of foreign) {
      const failure = await failureOf(clientOf(await peer(serve)).readChunk(ticket, chunk));
      expect(isTransportFailure(failure)).toBe(true);
    }
  });

  it('takes data without a head, and more of them than announced, for the end of the connection', async () => {
    const head = (byteLength: number) => {
      const payload = Buffer.alloc(8);
      payload.writeDoubleLE(byteLength);
      return encodeFrame(frameKinds.head, 0, 1, payload);
    };
    const data = encodeFrame(frameKinds.data, 0, 1, Buffer.alloc(10));
    for (const answer of [data, Buffer.concat([head(12), data, data]), head(2 ** 40), head(-1), head(Number.NaN)]) {
      const failure = await failureOf(clientOf(await peer((socket) => socket.once('data', () => socket.write(answer)))).readChunk(ticket, chunk));
      expect(isTransportFailure(failure)).toBe(true);
    }
  });

  it('waits for a silent peer until the deadline, no longer', async () => {
    const client = clientOf(await peer(() => undefined));
    await expect(client.readChunk(ticket, chunk, { deadlineMs: Date.now() + 300 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const stream = client.readArray(ticket, { selection: [], mediaType: 'x' }, { deadlineMs: Date.now() + 300 });
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('a server', () => {
  async function serve(readChunk: () => Promise<EncodedChunk>) {
    const server = await openClusterServer({ ports: { reader: stubReader({ readChunk }) }, host: '127.0.0.1', port: 0, secret, drainTimeoutMs: 300 });
    closers.push(() => server.close());
    return { server, address: `127.0.0.1:${server.port}` };
  }

  it('cuts those who do not speak frames, and serves on', async () => {
    const { server, address } = await serve(async () => ({ bytes: Uint8Array.of(5) }));
    const hostile = [Buffer.from('TSRX\x00\x01\r\n'), Buffer.concat([preface, Buffer.alloc(12, 255)]), Buffer.concat([preface, encodeFrame(frameKinds.call, 0, 1, Buffer.of(77))]), Buffer.concat([preface, encodeFrame(frameKinds.call, 0, 1)])];
    for (const bytes of hostile) {
      const socket = connect(server.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).resume();
      socket.write(bytes);
      await closed;
    }
    // A call that is whole but means nothing is answered.
    await expect(clientOf(address).readChunk(ticket, chunk)).resolves.toMatchObject({ bytes: Uint8Array.of(5) });
  });

  it('says of a part what it is a part of', async () => {
    for (const part of [{ bytes: Uint8Array.of(5, 6), totalByteLength: 2 ** 40, version: 'v-1' }, { bytes: new Uint8Array(), totalByteLength: 0 }, { bytes: new Uint8Array(3 * 2 ** 20), totalByteLength: 2 ** 30 }]) {
      const { address } = await serve(async () => part);
      await expect(clientOf(address).readChunk(ticket, chunk)).resolves.toMatchObject(part);
    }
  });

  it('ends a connection that was told of its end only after the calls under way', async () => {
    let release = () => {};
    const begun = new Promise<void>((began) => {
      void serve(async () => {
        began();
        await new Promise<void>((resolve) => { release = resolve; });
        return { bytes: Uint8Array.of(6) };
      }).then(({ server, address }) => {
        serving = { server, address };
        reading = clientOf(address).readChunk(ticket, chunk);
      });
    });
    let serving: Awaited<ReturnType<typeof serve>> | undefined;
    let reading: Promise<unknown> | undefined;
    await begun;
    const closing = serving!.server.close();
    await pause(50);
    const late = await failureOf(clientOf(serving!.address).readChunk(ticket, chunk));
    expect(isTransportFailure(late)).toBe(true);
    release();
    await expect(reading).resolves.toMatchObject({ bytes: Uint8Array.of(6) });
    await closing;
  });
});

describe('a stream', () => {
  it('passes through memory that is used again at both ends, and is not overwritten on its way', async () => {
    const pieceByteLength = 700_000;
    const pieceCount = 60;
    const state = { held: 0, mostHeld: 0 };
    async function* readArray(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < pieceCount; at++) {
        state.mostHeld = Math.max(state.mostHeld, ++state.held);
        const piece = new Uint8Array(pieceByteLength).fill(at);
        yield lentPiece(piece, () => {
          state.held--;
          piece.fill(255);
        });
      }
    }
    const server = await openClusterServer({ ports: { reader: stubReader({ readArray }) }, host: '127.0.0.1', port: 0, secret, drainTimeoutMs: 300 });
    closers.push(() => server.close());
    const buffers = new Set<ArrayBufferLike>();
    let taken = 0;
    let damaged = 0;
    for await (const piece of clientOf(`127.0.0.1:${server.port}`).readArray(ticket, { selection: [], mediaType: 'x' })) {
      if (taken % (8 * pieceByteLength) === 0) await pause(20);
      const left = pieceByteLength - (taken % pieceByteLength);
      const value = Math.floor(taken / pieceByteLength);
      if (piece.some((byte, at) => byte !== (at < left ? value : value + 1))) damaged++;
      taken += piece.byteLength;
      buffers.add(piece.buffer);
      releasePiece(piece);
    }
    expect(taken).toBe(pieceCount * pieceByteLength);
    expect([state.held, damaged]).toEqual([0, 0]);
    // 42 MB: a window of 4 MiB, and what the sockets hold.
    expect(state.mostHeld).toBeLessThanOrEqual(14);
    expect(buffers.size).toBeLessThanOrEqual(40);
  });
});

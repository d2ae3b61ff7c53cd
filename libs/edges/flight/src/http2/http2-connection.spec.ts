import { connect, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { encodeFrame, errorCodes, FrameParser, frameFlags, frameTypes, preface, type Frame } from './frame.ts';
import { encodeHeaders } from './hpack.ts';
import { Http2Connection } from './http2-connection.ts';
import type { Http2Stream } from './http2-stream.ts';

/** Answers with what was sent; a path that is a number with so many bytes. */
async function echo(stream: Http2Stream): Promise<void> {
  stream.sendHeaders([[':status', '200']]);
  const byteLength = Number((stream.headers.get(':path') ?? '').slice(1));
  if (byteLength > 0) await stream.send([Buffer.alloc(byteLength, stream.id % 256)]);
  else for await (const piece of stream.body()) await stream.send([piece, new Uint8Array(0)]);
  stream.end([['done', 'yes']]);
}

describe('an HTTP/2 connection', () => {
  let server: Server;
  let port: number;
  let streams: Http2Stream[];
  let connections: Http2Connection[];

  beforeEach(async () => {
    streams = [];
    connections = [];
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      connections.push(new Http2Connection(socket, (stream) => {
        streams.push(stream);
        void echo(stream);
      }));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const request = (session: ClientHttp2Session, path: string, body?: Buffer) => new Promise<{ bytes: Buffer; done: unknown }>((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path });
    const parts: Buffer[] = [];
    let done: unknown;
    stream.on('trailers', (trailers) => { done = trailers['done']; });
    stream.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve({ bytes: Buffer.concat(parts), done })).on('error', reject);
    stream.end(body);
  });

  it.each([{}, { maxFrameSize: 2 ** 20, initialWindowSize: 2 ** 20 }, { initialWindowSize: 100 }])('carries bodies both ways, many at once, to a client with %j', async (settings) => {
    const session = connect(`http://127.0.0.1:${port}`, { settings });
    const big = 'initialWindowSize' in settings && settings.initialWindowSize === 100 ? 5_000 : 5_000_000;
    const bodies = [1, 300, big, 70_000].map((byteLength) => Buffer.alloc(byteLength, byteLength % 251));
    const answers = await Promise.all(bodies.map((body) => request(session, '/', body)));
    answers.forEach(({ bytes, done }, i) => {
      expect(done).toBe('yes');
      expect(bytes.equals(bodies[i]!)).toBe(true);
    });
    expect((await request(session, `/${big}`)).bytes.byteLength).toBe(big);
    await new Promise<void>((resolve) => { session.close(resolve); });
  });

  it('gives every stream its turn', async () => {
    const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 2 ** 24 } });
    const order: string[] = [];
    const large = [1, 2].map(() => request(session, '/50000000').then(() => order.push('large')));
    await until(() => streams.length === 2);
    await request(session, '/100000').then(() => order.push('small'));
    await Promise.all(large);
    expect(order).toEqual(['small', 'large', 'large']);
    session.destroy();
  });

  it('lets go of streams that are reset, and of all when the connection goes', async () => {
    const session = connect(`http://127.0.0.1:${port}`);
    const first = session.request({ ':method': 'POST', ':path': '/100000000' });
    const second = session.request({ ':method': 'POST', ':path': '/100000000' });
    await until(() => streams.length === 2);
    first.close(errorCodes.cancel);
    await until(() => streams[0]!.signal.aborted);
    expect(streams[1]!.signal.aborted).toBe(false);
    second.on('error', () => undefined);
    session.destroy();
    await until(() => streams[1]!.signal.aborted);
  });

  it('ends politely: what is under way ends, nothing new begins', async () => {
    const session = connect(`http://127.0.0.1:${port}`);
    const under = session.request({ ':method': 'POST', ':path': '/' });
    under.write('a');
    await until(() => streams.length === 1);
    const bytes: Buffer[] = [];
    under.on('data', (part: Buffer) => bytes.push(part));
    connections[0]!.drain();
    const closed = new Promise((resolve) => session.on('close', resolve));
    await new Promise((resolve) => session.once('goaway', resolve));
    under.end('b');
    await closed;
    expect(Buffer.concat(bytes).toString()).toBe('ab');
  });

  const headers = (streamId: number, flags: number = frameFlags.endHeaders | frameFlags.endStream, path = '/10') => encodeFrame(frameTypes.headers, flags, streamId, encodeHeaders([[':method', 'POST'], [':path', path]]));
  const uint32 = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);

  it.each<[string, Buffer[], number]>([
    ['data for no stream', [encodeFrame(frameTypes.data, 0, 1, Buffer.from('x'))], errorCodes.protocol],
    ['a stream of an even number', [headers(2)], errorCodes.protocol],
    ['an interrupted header block', [headers(1, 0), encodeFrame(frameTypes.ping, 0, 0, Buffer.alloc(8))], errorCodes.protocol],
    ['a header block that goes on without a beginning', [encodeFrame(frameTypes.continuation, 4, 1)], errorCodes.protocol],
    ['headers that are none', [encodeFrame(frameTypes.headers, 5, 1, Buffer.from([0xff, 0xff, 0xff]))], errorCodes.compression],
    ['endless headers', [headers(1, 0), ...Array.from({ length: 5 }, () => encodeFrame(frameTypes.continuation, 0, 1, Buffer.alloc(16_000)))], errorCodes.enhanceYourCalm],
    ['a frame that is too long', [Buffer.concat([Buffer.from([0, 0x80, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(100)])], errorCodes.frameSize],
    ['too much padding', [headers(1, 4), encodeFrame(frameTypes.data, frameFlags.padded, 1, Buffer.from([9, 1]))], errorCodes.protocol],
    ['a window of nothing', [encodeFrame(frameTypes.windowUpdate, 0, 0, uint32(0))], errorCodes.protocol],
    ['a window beyond all bounds', [encodeFrame(frameTypes.windowUpdate, 0, 0, uint32(0x7fffffff))], errorCodes.flowControl],
    ['a reset of no stream', [encodeFrame(frameTypes.rstStream, 0, 7, uint32(8))], errorCodes.protocol],
    ['settings out of range', [encodeFrame(frameTypes.settings, 0, 0, Buffer.concat([Buffer.from([0, 5]), uint32(100)]))], errorCodes.protocol],
    ['a push', [encodeFrame(frameTypes.pushPromise, 4, 1, uint32(2))], errorCodes.protocol],
    ['very many streams that are begun and reset', [Buffer.concat(Array.from({ length: 5000 }, (_, i) => [headers(2 * i + 1, 4, '/100000'), encodeFrame(frameTypes.rstStream, 0, 2 * i + 1, uint32(8))]).flat())], errorCodes.enhanceYourCalm],
    ['very many empty frames', [headers(1, 4), Buffer.concat(Array.from({ length: 5000 }, () => encodeFrame(frameTypes.data, 0, 1)))], errorCodes.enhanceYourCalm],
  ])('says goodbye to a client that sends %s', async (_what, frames, code) => {
    const { goAway } = await speak(frames);
    expect(goAway).toBe(code);
  });

  it('refuses more streams than it said', async () => {
    const { frames } = await speak([...Array.from({ length: 300 }, (_, i) => headers(2 * i + 1, 4, '/')), encodeFrame(frameTypes.windowUpdate, 0, 0, uint32(0))]);
    expect(frames.filter((frame) => frame.type === frameTypes.rstStream && frame.payload.readUInt32BE() === errorCodes.refusedStream)).toHaveLength(44);
  });

  it('survives whatever is sent', async () => {
    const frame = fc.record({ type: fc.integer({ min: 0, max: 12 }), flags: fc.nat(255), streamId: fc.nat(8), payload: fc.uint8Array({ maxLength: 40 }) }).map(({ type, flags, streamId, payload }) => encodeFrame(type, flags, streamId, payload));
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(frame, fc.nat(4).map((i) => headers(2 * i + 1, 4, '/'))), { maxLength: 20 }), async (frames) => {
      // A frame that ends every connection.
      await speak([...frames, encodeFrame(frameTypes.pushPromise, 4, 1)]);
    }), { numRuns: 200 });
    const session = connect(`http://127.0.0.1:${port}`);
    expect((await request(session, '/10')).bytes.byteLength).toBe(10);
    session.destroy();
  });

  it('hangs up on whoever speaks no HTTP/2', async () => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.resume().on('close', resolve));
  });

  /** Sends frames, and tells what came back until the connection ended. */
  function speak(sent: readonly Buffer[]): Promise<{ frames: Frame[]; goAway: number | undefined }> {
    return new Promise((resolve) => {
      const frames: Frame[] = [];
      const parser = new FrameParser((frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) }));
      const socket: Socket = connectTcp(port, '127.0.0.1');
      socket.on('data', (bytes) => parser.feed(bytes)).on('error', () => undefined);
      socket.on('close', () => resolve({ frames, goAway: frames.findLast((frame) => frame.type === frameTypes.goAway)?.payload.readUInt32BE(4) }));
      socket.write(Buffer.concat([preface, encodeFrame(frameTypes.settings, 0, 0), ...sent]));
    });
  }
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

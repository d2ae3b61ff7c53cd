import { Controller, Get, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TesseraError, lentPiece, type Call } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { connect, type AddressInfo } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Public } from './access.ts';
import { callOf } from './call-of.ts';
import { createHttpApp } from './create-http-app.ts';
import { etagOf } from './etag.ts';
import { fakeOptions, fakePorts } from './http.fake.ts';
import { sendBytes, type BytesResponse } from './send-bytes.ts';

let next: (call: Call) => BytesResponse;

@Controller()
class BytesController {
  @Public()
  @Get('bytes')
  async bytes(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendBytes(request, reply, next(callOf(request, reply)));
  }
}

let app: NestFastifyApplication;
let url = '';
let port = 0;

beforeEach(async () => {
  app = await createHttpApp({ ports: fakePorts(), fronts: [BytesController], options: fakeOptions({ stallTimeoutMs: 300 }) });
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}/bytes`;
});
afterEach(() => app.close());

const mediaType = 'application/octet-stream';
/** 0, 1, 2, … in pieces, then maybe an error. */
async function* pieces(lengths: readonly number[], error?: Error): AsyncGenerator<Uint8Array> {
  let value = 0;
  for (const length of lengths) yield Uint8Array.from({ length }, () => value++ % 251);
  if (error) throw error;
}
const expected = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
const identity = { 'accept-encoding': 'identity' };

describe('a body of bytes', () => {
  it('comes whole, in any number of pieces, of known length or not', async () => {
    for (const lengths of [[], [10], [10, 20], [0, 5, 0, 7], [70_000, 70_000, 3]]) {
      const byteLength = lengths.reduce((sum, length) => sum + length, 0);
      for (const known of [true, false]) {
        next = () => ({ mediaType, body: pieces(lengths), ...(known ? { byteLength } : {}) });
        const answer = await fetch(url, { headers: identity });
        expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(expected(byteLength))]).toEqual([200, true]);
        if (known) expect(answer.headers.get('content-length')).toBe(String(byteLength));
      }
    }
  });

  it('that fails before the first piece is an error, later a broken connection', async () => {
    next = () => ({ mediaType, byteLength: 30, body: pieces([], new TesseraError('gone', 'The file is gone.')) });
    const before = await fetch(url);
    expect([before.status, await before.json()]).toEqual([410, { detail: 'The file is gone.' }]);
    expect(before.headers.get('content-type')).toBe('application/json');
    for (const encoding of ['identity', 'gzip']) {
      next = () => ({ mediaType, body: pieces([70_000, 70_000], new TesseraError('gone', 'The file is gone.')) });
      await expect(fetch(url, { headers: { 'accept-encoding': encoding } }).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    }
  });

  it('of another length than announced is never sent as if it were whole', async () => {
    for (const lengths of [[70_000, 10], [70_000, 100]]) {
      next = () => ({ mediaType, byteLength: 70_050, body: pieces(lengths) });
      await expect(fetch(url, { headers: identity }).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    }
    for (const lengths of [[10], [20, 20]]) {
      next = () => ({ mediaType, byteLength: 30, body: pieces(lengths) });
      expect((await fetch(url, { headers: identity })).status).toBe(500);
    }
  });

  it('is not touched if the client has it, or asks for the head only', async () => {
    let touched = false;
    async function* body() {
      touched = true;
      yield new Uint8Array(5);
    }
    const etag = etagOf('x');
    next = () => ({ mediaType, etag, byteLength: 5, body: body() });
    for (const tag of [etag, `"${etag}"`, `W/"${etag}", "other"`]) {
      const same = await fetch(url, { headers: { 'if-none-match': tag } });
      expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
    }
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([200, '5', 'bytes']);
    expect(touched).toBe(false);
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect(touched).toBe(true);
  });

  it('can be asked for in part', async () => {
    const part = async (range: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, { headers: { range, ...headers } });
      return [answer.status, answer.headers.get('content-range'), [...new Uint8Array(await answer.arrayBuffer())].join()] as const;
    };
    for (const body of [() => pieces([4, 4, 4]), () => expected(12)]) {
      next = () => ({ mediaType, byteLength: 12, etag: 'tag', body: body() });
      expect(await part('bytes=3-8')).toEqual([206, 'bytes 3-8/12', '3,4,5,6,7,8']);
      expect(await part('bytes=10-')).toEqual([206, 'bytes 10-11/12', '10,11']);
      expect(await part('bytes=-3')).toEqual([206, 'bytes 9-11/12', '9,10,11']);
      expect(await part('bytes=0-99')).toEqual([206, 'bytes 0-11/12', '0,1,2,3,4,5,6,7,8,9,10,11']);
      expect((await part('bytes=12-'))[0]).toBe(416);
      expect((await part('bytes=0-1,2-3'))[1]).toBe('bytes 0-3/12');
      for (const whole of [`bytes=${'0-0,'.repeat(65)}`, 'rows=0-1', 'bytes=5-2', 'bytes=-']) expect((await part(whole))[0]).toBe(200);
      expect((await part('bytes=0-1', { 'if-range': '"tag"' }))[0]).toBe(206);
      expect((await part('bytes=0-1', { 'if-range': '"older"' }))[0]).toBe(200);
      // A weak tag does not promise the same bytes.
      expect((await part('bytes=0-1', { 'if-range': 'W/"tag"' }))[0]).toBe(200);
    }
  });

  it('comes in several parts, which are read one by one, unless it is a stream', async () => {
    const several = { headers: { range: 'bytes=8-9, 0-2,-1' } };
    const read: (readonly [number, number])[] = [];
    const partial = { byteLength: 12, read: async ({ start, end }: { start: number; end: number }) => (read.push([start, end]), { bytes: expected(12).subarray(start, end) }) };
    for (const body of [expected(12), partial]) {
      next = () => ({ mediaType, etag: 'tag', body });
      const answer = await fetch(url, several);
      const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.headers.get('content-type')!)![1]!;
      const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
      expect([answer.status, answer.headers.get('content-length')]).toEqual([206, String(text.length)]);
      const parts = text.split(`\r\n--${boundary}`);
      expect(parts.slice(1, -1)).toEqual([[0, 3], [8, 10], [11, 12]].map(([start, end]) =>
        `\r\nContent-Type: ${mediaType}\r\nContent-Range: bytes ${start}-${end! - 1}/12\r\n\r\n${expected(12).subarray(start, end).toString('latin1')}`));
      expect(parts.at(-1)).toBe('--\r\n');
    }
    expect(read).toEqual([[0, 3], [8, 10], [11, 12]]);
    next = () => ({ mediaType, etag: 'tag', byteLength: 12, body: pieces([12]) });
    expect((await fetch(url, several)).status).toBe(200);
    next = () => ({ mediaType, etag: 'tag', body: { byteLength: 12, read: async () => ({ bytes: new Uint8Array(3) }) } });
    expect((await fetch(url)).status).toBe(500);
  });

  it('is compressed where that pays, as one zstd frame or gzip', async () => {
    const zeros = async function* (count: number) {
      for (let index = 0; index < count; index++) yield new Uint8Array(50_000);
    };
    const raw = async (encoding: string) => {
      const text = await rawAnswer(`accept-encoding: ${encoding}\r\n`);
      const split = text.indexOf('\r\n\r\n');
      const head = text.subarray(0, split).toString().toLowerCase();
      return { coding: /content-encoding: (\w+)/.exec(head)?.[1], body: /chunked/.test(head) ? unchunk(text.subarray(split + 4)) : text.subarray(split + 4) };
    };
    for (const count of [1, 5]) {
      next = () => ({ mediaType, byteLength: count * 50_000, body: zeros(count) });
      const zstd = await raw('gzip, zstd');
      expect([zstd.coding, zstdDecompressSync(zstd.body).equals(Buffer.alloc(count * 50_000))]).toEqual(['zstd', true]);
      // Decoders of clients stop after the first frame, and fail at a second.
      expect(zstd.body.lastIndexOf(Buffer.of(0x28, 0xb5, 0x2f, 0xfd))).toBe(0);
      const gzip = await raw('gzip');
      expect([gzip.coding, gunzipSync(gzip.body).equals(Buffer.alloc(count * 50_000))]).toEqual(['gzip', true]);
      expect((await raw('gzip;q=0, br')).coding).toBeUndefined();
    }
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    for (const body of [noise, (async function* () { yield noise; yield noise; })()]) {
      next = () => ({ mediaType, body });
      expect((await raw('gzip')).coding).toBeUndefined();
    }
    next = () => ({ mediaType: 'image/png', body: new Uint8Array(5000) });
    expect((await raw('gzip')).coding).toBeUndefined();
    next = () => ({ mediaType, body: new Uint8Array(5000), compress: false });
    expect((await raw('gzip')).coding).toBeUndefined();
  });

  it('names its type and file', async () => {
    next = () => ({ mediaType: 'text/csv', filename: 'a "b"\r\n/ü.csv', body: Buffer.from('1') });
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="a b_.csv"; filename*=UTF-8''a%20b%C3%BC.csv`);
  });

  it('stops being read when the client goes away, and is read no faster than it is taken', async () => {
    let produced = 0;
    let finished: () => void;
    const done = new Promise<void>((resolve) => (finished = resolve));
    let aborted = false;
    next = ({ signal }) => {
      signal!.addEventListener('abort', () => (aborted = true));
      return {
        mediaType,
        body: (async function* () {
          try {
            for (;;) {
              produced++;
              yield new Uint8Array(2 ** 20);
            }
          } finally {
            finished();
          }
        })(),
      };
    };
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /bytes HTTP/1.1\r\nHost: x\r\n\r\n'));
    await new Promise<void>((resolve) => socket.once('readable', () => resolve()));
    // Nobody reads the socket: the buffers fill and production stops.
    let before = -1;
    while (before !== produced) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(produced).toBeLessThan(50);
    socket.destroy();
    await done;
    expect(aborted).toBe(true);
  });
});

describe('memory of a body', () => {
  const pieceByteLength = 100_000;
  const pieceCount = 50;
  const whole = expected(pieceByteLength * pieceCount);

  /** Pieces that are overwritten as they are given back. */
  function lentBody(count = pieceCount) {
    const state = { held: 0, mostHeld: 0, lent: 0 };
    async function* lend(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < count; at++) {
        state.lent++;
        state.mostHeld = Math.max(state.mostHeld, ++state.held);
        const piece = new Uint8Array(whole.subarray(at * pieceByteLength, (at + 1) * pieceByteLength));
        yield lentPiece(piece, () => {
          state.held--;
          piece.fill(255);
        });
      }
    }
    return { state, body: lend() };
  }

  it('is given back piece by piece, each when the client has it, and not before', async () => {
    const { state, body } = lentBody();
    next = () => ({ mediaType, body, byteLength: pieceCount * pieceByteLength });
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /bytes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
    const taken: Buffer[] = [];
    for await (const bytes of socket) {
      taken.push(bytes as Buffer);
      if (taken.length % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const answer = Buffer.concat(taken);
    const start = answer.indexOf('\r\n\r\n') + 4;
    expect(answer.subarray(start).equals(whole)).toBe(true);
    expect(state).toEqual({ held: 0, lent: pieceCount, mostHeld: expect.any(Number) });
    expect(state.mostHeld).toBeLessThanOrEqual(2);
  });

  it('is given back where a range cuts it, or a compressor takes it', async () => {
    const count = 8;
    const total = count * pieceByteLength;
    for (const headers of [{ range: `bytes=${pieceByteLength + 7}-${total - 9}`, ...identity }, { 'accept-encoding': 'gzip' }] as Record<string, string>[]) {
      const { state, body } = lentBody(count);
      next = () => ({ mediaType, body, byteLength: total });
      const answer = await fetch(url, { headers });
      const wanted = 'range' in headers ? whole.subarray(pieceByteLength + 7, total - 8) : whole.subarray(0, total);
      expect(Buffer.from(await answer.arrayBuffer()).equals(wanted)).toBe(true);
      expect(state).toMatchObject({ held: 0, lent: count });
    }
  });
});

describe('the time of an answer', () => {
  it('has no end once it has begun, as long as it moves', async () => {
    const deadlines: (number | undefined)[] = [];
    next = (call) => ({
      mediaType,
      body: (async function* () {
        for (let piece = 0; piece < 6; piece++) {
          deadlines.push(call.deadlineMs);
          yield new Uint8Array(70_000);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })(),
    });
    // Six pieces take twice as long as an answer may stand still.
    expect((await (await fetch(url, { headers: identity })).arrayBuffer()).byteLength).toBe(420_000);
    expect(typeof deadlines[0]).toBe('number');
    expect(deadlines.slice(2)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('is over when its client takes no more, in pieces or whole', async () => {
    const endless = async function* () {
      for (;;) yield new Uint8Array(2 ** 20);
    };
    for (const body of [endless, () => new Uint8Array(2 ** 26)]) {
      const over = new Promise<void>((resolve) => {
        next = ({ signal }) => {
          signal!.addEventListener('abort', () => resolve());
          return { mediaType, body: body() };
        };
      });
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /bytes HTTP/1.1\r\nHost: x\r\n\r\n'));
      socket.on('error', () => undefined);
      await over;
      socket.destroy();
    }
  });
});

describe('closing', () => {
  it('waits for running requests', async () => {
    let release: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let begun: () => void;
    const running = new Promise<void>((resolve) => (begun = resolve));
    next = () => ({
      mediaType,
      body: (async function* () {
        begun();
        await gate;
        yield Buffer.from('whole');
      })(),
    });
    const answer = fetch(url).then((response) => response.text());
    await running;
    const closed = app.close();
    release!();
    expect(await answer).toBe('whole');
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('closing, with a client that keeps its connection', () => {
  it('ends when the last answer is out', async () => {
    let release: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    next = () => ({
      mediaType,
      body: (async function* () {
        yield new Uint8Array(70_000);
        await gate;
        yield new Uint8Array(70_000);
      })(),
    });
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /bytes HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n'));
    let byteLength = 0;
    const over = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const begun = new Promise<void>((resolve) => socket.on('data', (chunk: Buffer) => {
      byteLength += chunk.byteLength;
      resolve();
    }));
    await begun;
    const closed = app.close();
    release!();
    await closed;
    await over;
    expect(byteLength).toBeGreaterThan(140_000);
    // Long before the time for draining is over.
  }, 10_000);
});

function rawAnswer(headers: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const seen: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET /bytes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`));
    socket.on('data', (chunk: Buffer) => seen.push(chunk)).on('close', () => resolve(Buffer.concat(seen)));
  });
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    const length = parseInt(bytes.subarray(at, end).toString(), 16);
    if (!length) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
}

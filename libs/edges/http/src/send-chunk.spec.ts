// Memory that is given back is overwritten at once here, so that bytes sent from it too late are seen by the client.
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EncodedChunk } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Public } from './access.ts';
import { createHttpApp } from './create-http-app.ts';
import { fakeOptions, fakePorts } from './http.fake.ts';
import { partByteLength } from './send-bytes.ts';
import { sendChunk, type OfferedChunk, type WantedChunk } from './send-chunk.ts';

const mebi = 2 ** 20;
const byteAt = (index: number) => (index * 31 + (index >> 12)) & 0xff;
const content = (start: number, end: number) => Uint8Array.from({ length: end - start }, (_, index) => byteAt(start + index));

/** A chunk in a store: what was read of it, and what of that is still in use. */
class StoredChunk implements OfferedChunk {
  readonly tag = 'chunk';
  readonly isVolatile = true;
  readonly reads: WantedChunk[] = [];
  lentByteLength = 0;
  mostLentByteLength = 0;
  version = 'v1';
  readonly decodedByteLength: number;
  private readonly bytes: Uint8Array;

  constructor(byteLength: number) {
    this.decodedByteLength = byteLength;
    this.bytes = content(0, byteLength);
  }

  readonly read = async (wanted: WantedChunk = {}): Promise<EncodedChunk> => {
    this.reads.push(wanted);
    await sleep(1);
    const { version } = this;
    if (wanted.knownVersion === version) return { version };
    const total = this.bytes.byteLength;
    const { range } = wanted;
    const start = !range ? 0 : 'start' in range ? range.start : Math.max(total - range.suffixByteLength, 0);
    const bytes = this.bytes.slice(start, range && 'start' in range ? range.end : undefined);
    const byteLength = bytes.byteLength;
    this.lentByteLength += byteLength;
    this.mostLentByteLength = Math.max(this.mostLentByteLength, this.lentByteLength);
    const release = () => {
      this.lentByteLength -= byteLength;
      bytes.fill(0xee);
    };
    return { bytes, version, release, ...(range ? { totalByteLength: total } : {}) };
  };
}

let chunk: StoredChunk;

@Controller()
class ChunkController {
  @Public()
  @Get('chunk')
  async chunk(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendChunk(request, reply, chunk, { mediaType: 'application/octet-stream', compress: false });
  }
}

let app: NestFastifyApplication;
let port = 0;
let url = '';

beforeAll(async () => {
  app = await createHttpApp({ ports: fakePorts(), fronts: [ChunkController], options: fakeOptions({ stallTimeoutMs: 5000 }) });
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}/chunk`;
});
afterAll(() => app.close());

const fetched = async (headers: Record<string, string> = {}) => Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
const settled = async () => { for (let i = 0; i < 100 && chunk.lentByteLength > 0; i++) await sleep(5); };

describe('a chunk that lies in memory that is used again', () => {
  it('is given back once it is sent, and not before', async () => {
    chunk = new StoredChunk(3 * mebi);
    const expected = Buffer.from(content(0, 3 * mebi));
    const all = await Promise.all(Array.from({ length: 16 }, () => fetched()));
    expect(all.every((bytes) => bytes.equals(expected))).toBe(true);
    expect((await fetched({ range: 'bytes=5-1000004' })).equals(expected.subarray(5, 1000005))).toBe(true);
    await settled();
    expect(chunk.lentByteLength).toBe(0);
  });

  it('is given back when the client goes away in the midst of it', async () => {
    chunk = new StoredChunk(3 * mebi);
    for (let i = 0; i < 8; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET /chunk HTTP/1.1\r\nHost: x\r\n\r\n`);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
    }
    await settled();
    expect(chunk.lentByteLength).toBe(0);
  });

  it('is read as the client takes it, if it is large', async () => {
    const byteLength = 5 * partByteLength + 17;
    chunk = new StoredChunk(byteLength);
    const expected = Buffer.from(content(0, byteLength));
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /chunk HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const got: Buffer[] = [];
    for await (const data of socket) {
      got.push(data as Buffer);
      if (got.length % 50 === 0) await sleep(2);
    }
    const answer = Buffer.concat(got);
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    expect(answer.toString('latin1', 0, 2000)).toContain(`content-length: ${byteLength}`);
    expect(body.equals(expected)).toBe(true);
    expect(chunk.mostLentByteLength).toBeLessThanOrEqual(2 * partByteLength + 17);
    for (const [start, end] of [[3, 2 * partByteLength + 9], [partByteLength, byteLength], [byteLength - partByteLength - 5, byteLength]] as const) {
      expect((await fetched({ range: `bytes=${start}-${end - 1}` })).equals(expected.subarray(start, end))).toBe(true);
    }
    expect((await fetched({ range: `bytes=-${partByteLength + 5}` })).equals(expected.subarray(-partByteLength - 5))).toBe(true);
  });

  it('is cut off if it is written anew while it is sent', async () => {
    chunk = new StoredChunk(8 * partByteLength);
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /chunk HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let byteLength = 0;
    for await (const data of socket) {
      byteLength += (data as Buffer).byteLength;
      chunk.version = 'v2';
    }
    expect(byteLength).toBeLessThan(8 * partByteLength);
  });

  it('is not read for a client that has it', async () => {
    chunk = new StoredChunk(2 * partByteLength);
    const { headers } = await fetch(url, { method: 'HEAD' });
    expect([headers.get('content-length'), headers.get('etag')]).toEqual([String(2 * partByteLength), 'chunk.v1']);
    const again = await fetch(url, { headers: { 'if-none-match': 'chunk.v1' } });
    expect([again.status, chunk.mostLentByteLength]).toEqual([304, 0]);
  });
});

import { Metadata } from '@grpc/grpc-js';
import { stubReader } from '@tessera/testing';
import { openChannel, type ClusterChannel } from './channel.ts';
import { isServing } from './health/health.client.ts';
import { loadService } from './protos.ts';
import { openClusterServer, type ClusterServer } from './server.ts';
import { ReaderClient } from './reader/reader.client.ts';

const secret = 'the secret of this test';
const ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: Date.now() + 60_000 };
let server: ClusterServer;
let channel: ClusterChannel;

async function open(readArray: Parameters<typeof stubReader>[0]['readArray'] = undefined, drainTimeoutMs = 5_000): Promise<void> {
  const reader = stubReader(readArray ? { readArray } : {});
  server = await openClusterServer({ ports: { reader }, host: '127.0.0.1', port: 0, secret, drainTimeoutMs });
  channel = openChannel({ address: `127.0.0.1:${server.port}`, secret });
}

afterEach(async () => {
  channel.close();
  await server.close();
});

describe('health', () => {
  it('is told for the process and for each service it has', async () => {
    await open();
    expect(await isServing(channel)).toBe(true);
    expect(await isServing(channel, 'reader')).toBe(true);
    expect(await isServing(channel, 'catalog')).toBe(false);
    server.setServing('reader', false);
    expect(await isServing(channel, 'reader')).toBe(false);
    expect(await isServing(channel)).toBe(true);
    server.setServing('reader', true);
    expect(await isServing(channel, 'reader')).toBe(true);
  });

  it('is watched: each change is told, and the watch ends when the server closes', async () => {
    await open();
    const { path, requestSerialize, responseDeserialize } = loadService('health')['Watch']!;
    const watch = channel.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: 'tessera.reader.v1.Reader' }, new Metadata());
    const seen: number[] = [];
    for await (const { status } of watch as AsyncIterable<{ status: number }>) {
      seen.push(status);
      if (seen.length === 1) server.setServing('reader', false);
      if (seen.length === 2) server.setServing('reader', true);
      if (seen.length === 3) void server.close();
    }
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  it('is bad if nobody answers', async () => {
    await open();
    await server.close();
    expect(await isServing(channel)).toBe(false);
  });
});

describe('closing', () => {
  it('lets streams under way end', async () => {
    let closed: Promise<void> | undefined;
    await open(async function* () {
      for (let i = 0; i < 5; i++) {
        yield Uint8Array.of(i);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const got: number[] = [];
    for await (const piece of new ReaderClient(channel).readArray(ticket, { selection: [], mediaType: 'x' })) {
      got.push(...piece);
      closed ??= server.close();
    }
    await closed;
    expect(got).toEqual([0, 1, 2, 3, 4]);
  });

  it('cuts off what does not end in time, and aborts its work', async () => {
    let aborted = false;
    await open(async function* (_ticket, _request, call) {
      yield Uint8Array.of(1);
      await new Promise<void>((resolve) => call!.signal!.addEventListener('abort', () => { aborted = true; resolve(); }));
    }, 100);
    const reading = (async () => {
      for await (const _ of new ReaderClient(channel).readArray(ticket, { selection: [], mediaType: 'x' })) void server.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
    await server.close();
    while (!aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

describe('opening', () => {
  it('fails clearly if the port is taken or the secret is none', async () => {
    await open();
    const again = { ports: {}, host: '127.0.0.1', port: server.port, secret };
    await expect(openClusterServer(again)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(openClusterServer({ ...again, port: 0, secret: 'x' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

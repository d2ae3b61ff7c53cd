import { createServer, type Server as NetServer } from 'node:net';
import { stubReader } from '@tessera/testing';
import { isTesseraError, TesseraError, type Reader, type Ticket } from '@tessera/domain';
import { openClusterServer, type ClusterServer } from '../server.ts';
import { ReaderGroup, type ReaderAddresses } from './reader-group.ts';
import { ReaderPool } from './reader-pool.ts';
import { rankMembers } from './rendezvous.ts';

const secret = 'the secret of this test';
const ticketOf = (manifestId: string): Ticket => ({ manifestId, principalId: 'p', expiresAtMs: Date.now() + 60_000 });
const chunk = { chunkIndex: [0], chunkShape: [1], codecs: [] };
const everything = { selection: [], mediaType: 'application/octet-stream' };

const servers: ClusterServer[] = [];
const groups: ReaderGroup[] = [];

async function serve(methods: Partial<Reader>, port = 0): Promise<string> {
  const server = await openClusterServer({ ports: { reader: stubReader(methods) }, host: '127.0.0.1', port, secret, drainTimeoutMs: 0 });
  servers.push(server);
  return `127.0.0.1:${server.port}`;
}
function poolOf(addresses: ReaderAddresses, refreshIntervalMs?: number): ReaderPool {
  const group = new ReaderGroup({ addresses, secret, ...(refreshIntervalMs === undefined ? {} : { refreshIntervalMs }) });
  groups.push(group);
  return new ReaderPool(group);
}
/** An address where nobody listens. */
async function deadAddress(): Promise<string> {
  const server: NetServer = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${address.port}`;
}
/** A manifest id whose first choice is `address`. */
function manifestAt(address: string, addresses: readonly string[]): string {
  const members = addresses.map((each) => ({ address: each }));
  for (let i = 0; ; i++) if (rankMembers(`manifest-${i}`, members)[0]!.address === address) return `manifest-${i}`;
}
async function drain(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

afterEach(async () => {
  for (const group of groups.splice(0)) group.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('rendezvous hashing', () => {
  const members = Array.from({ length: 5 }, (_, i) => ({ address: `10.0.0.${i}:4000` }));
  const keys = Array.from({ length: 5_000 }, (_, i) => `${(i * 2_654_435_761).toString(16)}.${i}.128`);

  it('spreads manifests evenly', () => {
    const counts = new Map<string, number>();
    for (const key of keys) {
      const { address } = rankMembers(key, members)[0]!;
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('does not depend on the order of the members', () => {
    for (const key of keys.slice(0, 100)) expect(rankMembers(key, [...members].reverse())).toEqual(rankMembers(key, members));
  });

  it('moves only the manifests of a reader that leaves, and to all others', () => {
    const [gone, ...rest] = members;
    const heirs = new Set<string>();
    for (const key of keys) {
      const before = rankMembers(key, members)[0]!;
      const after = rankMembers(key, rest)[0]!;
      if (before === gone) heirs.add(after.address);
      else expect(after).toBe(before);
    }
    expect(heirs.size).toBe(4);
  });
});

describe('a pool of readers', () => {
  it('reads one manifest from one reader, and different ones from different readers', async () => {
    const asked: string[][] = [[], []];
    const addresses = await Promise.all(asked.map((list) => serve({ readChunk: async (ticket) => { list.push(ticket.manifestId); return { bytes: Uint8Array.of(1) }; } })));
    const pool = poolOf(addresses);
    for (let round = 0; round < 3; round++) for (let i = 0; i < 20; i++) await pool.readChunk(ticketOf(`manifest-${i}`), chunk);
    expect(asked[0]!.length + asked[1]!.length).toBe(60);
    expect(asked[0]!.some((id) => asked[1]!.includes(id))).toBe(false);
    expect(Math.min(asked[0]!.length, asked[1]!.length)).toBeGreaterThan(0);
  });

  it('routes around a reader that is not there, within the request', async () => {
    const addresses = [await deadAddress(), await serve({ readChunk: async () => ({ bytes: Uint8Array.of(7) }), async *readArray() { yield Uint8Array.of(8); } })];
    const ticket = ticketOf(manifestAt(addresses[0]!, addresses));
    const pool = poolOf(addresses);
    expect(await pool.readChunk(ticket, chunk)).toMatchObject({ bytes: Uint8Array.of(7) });
    expect(await drain(pool.readArray(ticket, everything))).toEqual(Buffer.of(8));
  });

  it('fails no request when a reader goes away in the middle of many', async () => {
    let served = 0;
    const methods: Partial<Reader> = { readChunk: async () => { served++; await new Promise((resolve) => setTimeout(resolve, 2)); return { bytes: Uint8Array.of(1) }; } };
    const addresses = [await serve(methods), await serve(methods)];
    const pool = poolOf(addresses);
    const requests = Array.from({ length: 16 }, async (_, lane) => {
      for (let i = 0; i < 25; i++) {
        if (lane === 0 && i === 10) void servers[0]!.close();
        expect(await pool.readChunk(ticketOf(`manifest-${lane * 100 + i}`), chunk)).toMatchObject({ bytes: Uint8Array.of(1) });
      }
    });
    await Promise.all(requests);
    expect(served).toBeGreaterThanOrEqual(400);
  });

  it('takes errors of the reader itself as answers, not as its loss', async () => {
    const asked = [0, 0];
    const addresses = await Promise.all([0, 1].map((i) => serve({ readChunk: async () => { asked[i]!++; throw new TesseraError('unavailable', 'The store is down.'); } })));
    const failure = await poolOf(addresses).readChunk(ticketOf('m'), chunk).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', message: 'The store is down.' });
    expect(asked[0]! + asked[1]!).toBe(1);
  });

  it('goes on with another reader where a stream broke off', async () => {
    const data = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    const split = (size: number, breakAfter = Infinity): Partial<Reader> => ({
      async *readArray() {
        for (let at = 0; at < data.length; at += size) {
          if (at >= breakAfter) {
            // As a killed process: connections end without a word.
            void servers[0]!.close();
            await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
          }
          yield data.subarray(at, at + size);
        }
      },
    });
    const addresses = [await serve(split(1_000, 120_000)), await serve(split(7_777))];
    const ticket = ticketOf(manifestAt(addresses[0]!, addresses));
    const got = await drain(poolOf(addresses).readArray(ticket, everything));
    expect(Buffer.compare(got, data)).toBe(0);
  });

  it('does not join halves of data that are not the same', async () => {
    const addresses = [
      await serve({ async *readArray() { yield new Uint8Array(1_000).fill(1); void servers[0]!.close(); await new Promise((resolve) => setTimeout(resolve, 60_000).unref()); } }),
      await serve({ async *readArray() { yield new Uint8Array(2_000).fill(2); } }),
    ];
    const ticket = ticketOf(manifestAt(addresses[0]!, addresses));
    const got: number[] = [];
    const reading = (async () => { for await (const piece of poolOf(addresses).readArray(ticket, everything)) got.push(...piece); })();
    const failure = await reading.catch((error: unknown) => error);
    expect(isTesseraError(failure, 'unavailable')).toBe(true);
    expect(new Set(got)).toEqual(new Set([1]));
  });

  it('returns to a reader that came back', async () => {
    const down = await deadAddress();
    const counts = { back: 0, other: 0 };
    const addresses = [down, await serve({ readChunk: async () => { counts.other++; return { bytes: Uint8Array.of(1) }; } })];
    const ticket = ticketOf(manifestAt(down, addresses));
    const pool = poolOf(addresses);
    await pool.readChunk(ticket, chunk);
    expect(counts.other).toBe(1);
    await serve({ readChunk: async () => { counts.back++; return { bytes: Uint8Array.of(1) }; } }, Number(down.split(':')[1]));
    while (counts.back === 0) {
      await pool.readChunk(ticket, chunk);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(counts.back).toBe(1);
  });

  it('follows a function of addresses, and keeps the old ones if it fails', async () => {
    const names: string[] = [];
    const first = await serve({ readChunk: async () => { names.push('first'); return undefined; } });
    const second = await serve({ readChunk: async () => { names.push('second'); return undefined; } });
    const answers = [async () => [first], async () => { throw new Error('no such name'); }, async () => [], async () => [second]];
    const pool = poolOf(async () => (answers.length > 1 ? answers.shift()! : answers[0]!)(), 0);
    while (names.at(-1) !== 'second') {
      await pool.readChunk(ticketOf('m'), chunk);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(names[0]).toBe('first');
  });

  it('says so when no reader is left', async () => {
    const failure = await poolOf([await deadAddress(), await deadAddress()]).readChunk(ticketOf('m'), chunk).catch((error: unknown) => error);
    expect(isTesseraError(failure, 'unavailable')).toBe(true);
    const none = await poolOf([]).readChunk(ticketOf('m'), chunk).catch((error: unknown) => error);
    expect(isTesseraError(none, 'unavailable')).toBe(true);
  });
});

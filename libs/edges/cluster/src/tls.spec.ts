import { hasOpenssl, makeCertificates, stubReader } from '@tessera/testing';
import { openChannel, type ClusterTls } from './channel.ts';
import { isServing } from './health/health.client.ts';
import { openClusterServer } from './server.ts';
import { FramedReaderClient } from './reader/framed-reader.client.ts';
import { ReaderClient } from './reader/reader.client.ts';

const secret = 'the secret of this test';
const ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: Date.now() + 60_000 };

(hasOpenssl() ? describe : describe.skip)('TLS between processes (needs openssl)', () => {
  let ours: Required<ClusterTls>;
  let theirs: Required<ClusterTls>;

  beforeAll(() => {
    ours = makeCertificates('ours');
    theirs = makeCertificates('theirs');
  });

  it('carries calls of those whose certificates one authority signed, and of nobody else', async () => {
    const reader = stubReader({ readChunk: async () => ({ bytes: Uint8Array.of(1, 2, 3) }) });
    const server = await openClusterServer({ ports: { reader }, host: '127.0.0.1', port: 0, secret, tls: ours, drainTimeoutMs: 0 });
    const address = `localhost:${server.port}`;
    const channels = {
      good: openChannel({ address, secret, tls: ours }),
      plain: openChannel({ address, secret }),
      nameless: openChannel({ address, secret, tls: { ca: ours.ca } }),
      stranger: openChannel({ address, secret, tls: { ...theirs, ca: ours.ca } }),
      distrustful: openChannel({ address, secret, tls: theirs }),
    };
    try {
      for (const Client of [ReaderClient, FramedReaderClient]) {
        const read = (channel: keyof typeof channels) => new Client(channels[channel]).readChunk(ticket, { chunkIndex: [0], chunkShape: [3], codecs: [] });
        expect(await read('good')).toMatchObject({ bytes: Uint8Array.of(1, 2, 3) });
        for (const other of ['plain', 'nameless', 'stranger', 'distrustful'] as const) await expect(read(other)).rejects.toMatchObject({ code: 'unavailable' });
      }
      expect(await isServing(channels.good, 'reader')).toBe(true);
    } finally {
      for (const channel of Object.values(channels)) channel.close();
      await server.close();
    }
  });
});

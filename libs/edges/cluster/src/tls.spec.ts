import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stubReader } from '@tessera/testing';
import { openChannel, type ClusterTls } from './channel.ts';
import { isServing } from './health/health.client.ts';
import { openClusterServer } from './server.ts';
import { FramedReaderClient } from './reader/framed-reader.client.ts';
import { ReaderClient } from './reader/reader.client.ts';

const secret = 'the secret of this test';
const ticket = { manifestId: 'm', principalId: 'p', expiresAtMs: Date.now() + 60_000 };

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

(hasOpenssl() ? describe : describe.skip)('TLS between processes (needs openssl)', () => {
  let folder: string;
  let ours: Required<ClusterTls>;
  let theirs: Required<ClusterTls>;

  /** An authority and a certificate for localhost that it signed. */
  function authority(name: string): Required<ClusterTls> {
    const file = (kind: string) => join(folder, `${name}-${kind}.pem`);
    const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', file('ca-key'), '-out', file('ca'), '-days', '2', '-subj', `/CN=${name} authority`);
    openssl('req', ...key, '-keyout', file('key'), '-out', file('request'), '-subj', '/CN=localhost');
    writeFileSync(file('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl('x509', '-req', '-in', file('request'), '-CA', file('ca'), '-CAkey', file('ca-key'), '-CAcreateserial', '-out', file('cert'), '-days', '2', '-extfile', file('extensions'));
    return { ca: readFileSync(file('ca'), 'utf8'), cert: readFileSync(file('cert'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-tls-'));
    ours = authority('ours');
    theirs = authority('theirs');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
        expect(await read('good')).toEqual({ bytes: Uint8Array.of(1, 2, 3) });
        for (const other of ['plain', 'nameless', 'stranger', 'distrustful'] as const) await expect(read(other)).rejects.toMatchObject({ code: 'unavailable' });
      }
      expect(await isServing(channels.good, 'reader')).toBe(true);
    } finally {
      for (const channel of Object.values(channels)) channel.close();
      await server.close();
    }
  });
});

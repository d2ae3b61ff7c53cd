import { hasOpenssl, makeCertificates, type Certificates } from '@tessera/testing';
import { ScriptedServer, serveBytes } from '../../test/scripted-server.ts';
import { HttpStore } from './http.ts';
import { S3Store } from './s3.ts';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
const range = { byteOffset: 10, byteLength: 10 };
const quick = { timeoutMs: 2000, retry: { attempts: 1 } };

(hasOpenssl() ? describe : describe.skip)('stores over TLS (needs openssl)', () => {
  let ours: Certificates;
  let server: ScriptedServer | undefined;
  beforeAll(() => { ours = makeCertificates('ours'); });
  afterEach(() => server?.close());

  async function serve(certificates: Certificates): Promise<string> {
    server = await ScriptedServer.start(certificates);
    server.answer = serveBytes(bytes);
    return server.url;
  }

  async function readHttp(url: string, certificateAuthorities?: string): Promise<number[]> {
    const store = new HttpStore({ roots: [url], ...quick, ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }) });
    try {
      return [...(await store.read(`${url}/x.h5`, range))!];
    } finally {
      store.close();
    }
  }

  it('read files of a web server whose authority they were told', async () => {
    expect(await readHttp(await serve(ours), ours.ca)).toEqual([...bytes.subarray(10, 20)]);
  });

  it('read objects of an S3 server whose authority they were told', async () => {
    const endpoint = await serve(ours);
    const open = (more: object) => new S3Store({ roots: ['s3://bucket/x'], endpoint, region: 'us-east-1', ...quick, ...more });
    const store = open({ certificateAuthorities: ours.ca });
    expect([...(await store.read('s3://bucket/x/y.h5', range))!]).toEqual([...bytes.subarray(10, 20)]);
    store.close();
    const stranger = open({});
    await expect(stranger.read('s3://bucket/x/y.h5', range)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('storage.remote.certificateAuthorities') });
    stranger.close();
  });

  it('say which setting makes an authority known', async () => {
    const url = await serve(ours);
    for (const known of [undefined, makeCertificates('theirs').ca]) {
      await expect(readHttp(url, known)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/nobody known here signed it.*storage\.remote\.certificateAuthorities/) });
    }
    expect(server!.requests).toEqual([]);
  });

  it('refuse the certificate of another name', async () => {
    const other = makeCertificates('ours', 'DNS:data.example.org');
    await expect(readHttp(await serve(other), other.ca)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('that of another name than the address has') });
  });
});

// A versitygw for tests, on a folder of files whose extended attributes hold their tags: the one of TESSERA_TEST_VERSITYGW (a binary), started here.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VersionedByteStore, WritableByteStore } from '@tessera/domain';
import { S3Endpoint, S3Store, parseS3Uri, type S3EndpointOptions, type S3StoreOptions } from '@tessera/storage';
import { freePort } from './free-port.ts';

export const versitygwBinary = process.env['TESSERA_TEST_VERSITYGW'];

/** Names what is skipped without the binary. */
export const needsVersitygw = '(needs TESSERA_TEST_VERSITYGW)';

export class TestS3Server {
  readonly bucket = 'test-bucket';
  private constructor(private readonly child: ChildProcess, private readonly folder: string, readonly endpoint: string) {}

  static async start(): Promise<TestS3Server> {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-s3-'));
    const port = await freePort();
    const child = spawn(versitygwBinary!, ['--port', `127.0.0.1:${port}`, '--access', 'test-key', '--secret', 'test-secret', '--keep-alive', '--quiet', 'posix', folder], { stdio: 'ignore' });
    const server = new TestS3Server(child, folder, `http://127.0.0.1:${port}`);
    await listening(port, child);
    await server.request('PUT', `s3://${server.bucket}`);
    return server;
  }

  get access(): S3EndpointOptions {
    return { endpoint: this.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test-key', secretAccessKey: 'test-secret' } };
  }

  /** One signed request on a connection of its own; resolves to the status of its answer. */
  request(method: string, uri: string, body?: Uint8Array): Promise<number> {
    const { origin, path, headers } = new S3Endpoint(this.access).request(method, parseS3Uri(uri), {}, {}, body);
    return new Promise((resolve, reject) => {
      const sent = request({ method, host: origin.hostname, port: origin.port, path, headers: { ...headers, 'content-length': body?.byteLength ?? 0 }, agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode!));
      });
      sent.once('error', reject).end(body);
    });
  }

  /** A store of what lies below a URI, that tests can also write to. */
  store(root: string, options: Partial<S3StoreOptions> = {}): VersionedByteStore & WritableByteStore & { close(): void } {
    const store = new S3Store({ ...this.access, roots: [root], ...options });
    const change = async (method: string, uri: string, body?: Uint8Array) => {
      // Refuses what lies outside, as reading does.
      await store.stat(uri);
      const status = await this.request(method, uri, body);
      if (status >= 300 && status !== 404) throw new Error(`${method} ${uri}: status ${status}`);
    };
    return Object.assign(store, { put: (uri: string, bytes: Uint8Array) => change('PUT', uri, bytes), remove: (uri: string) => change('DELETE', uri) });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

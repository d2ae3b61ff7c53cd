// A nats-server for tests: the one of TESSERA_TEST_NATS_SERVER (a binary), started here, or of TESSERA_TEST_NATS_URL.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export const natsUrl = process.env['TESSERA_TEST_NATS_URL'];
export const natsBinary = process.env['TESSERA_TEST_NATS_SERVER'];

/** One nats-server with JetStream on files; it can be killed and started again on the same port and files. */
export class TestNatsServer {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(readonly port: number, private readonly folder: string) {}

  static async create(): Promise<TestNatsServer> {
    const server = new TestNatsServer(await freePort(), await mkdtemp(join(tmpdir(), 'tessera-nats-')));
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(natsBinary!, ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (text: Buffer) => {
        this.output = (this.output + text.toString()).slice(-4_000);
        if (text.includes('Server is ready')) resolve();
      });
      child.once('exit', () => reject(new Error(`nats-server ended: ${this.output}`)));
      child.once('error', reject);
    });
  }

  /** As by SIGKILL: nothing is said to clients. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Forgets all it kept. */
  async wipe(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.kill();
    await this.wipe();
  }
}


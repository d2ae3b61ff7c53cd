import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { TesseraError } from '@tessera/domain';
import type { FromParquetWriter, ToParquetWriter } from './parquet-write-messages.ts';
import { parquetWriteWorker } from './parquet-write-worker.ts';

/** The thread ends when it had nothing to do for so long, or at once if its memory has grown beyond this: it never shrinks. */
const idleMs = 10_000;
const maxIdleMemoryByteLength = 128 * 2 ** 20;

/** One file that is being written. */
export interface ParquetWriteJob {
  send(message: DistributedOmit<ToParquetWriter, 'job'>, transfer?: ArrayBuffer[]): void;
  /** What the thread says next. @throws TesseraError internal if it failed. */
  next(): Promise<Exclude<FromParquetWriter, { kind: 'failed' }>>;
  /** Needed at the end, whatever came of it. */
  close(): void;
}

type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

interface RunningJob {
  readonly said: FromParquetWriter[];
  wake?: () => void;
}

/** One worker thread with the Parquet writer in it, shared by jobs. */
class ParquetWriteThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, RunningJob>();
  #nextJob = 0;
  #isDead = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #memoryByteLength = 0;

  constructor() {
    const modulePath = createRequire(import.meta.url).resolve('parquet-wasm/node');
    // Some compilers name functions by a helper of theirs that is not in the text.
    const source = `const __name = (value) => value; (${parquetWriteWorker.toString()})(require);`;
    this.#worker = new Worker(source, { eval: true, workerData: { modulePath }, stdout: true, stderr: true, name: 'parquet-write' });
    this.#worker.on('message', (message: FromParquetWriter) => this.#receive(message));
    this.#worker.on('error', () => this.#die());
    this.#worker.on('exit', () => this.#die());
    this.#worker.unref();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  startJob(): ParquetWriteJob {
    const id = this.#nextJob++;
    const job: RunningJob = { said: [] };
    this.#jobs.set(id, job);
    clearTimeout(this.#idleTimer);
    this.#worker.ref();
    return {
      send: (message, transfer = []) => this.#worker.postMessage({ ...message, job: id }, transfer),
      next: () => this.#next(job),
      close: () => this.#finish(id),
    };
  }

  async terminate(): Promise<void> {
    this.#die();
    await this.#worker.terminate();
  }

  async #next(job: RunningJob): Promise<Exclude<FromParquetWriter, { kind: 'failed' }>> {
    while (job.said.length === 0 && !this.#isDead) await new Promise<void>((resolve) => (job.wake = resolve));
    const message = job.said.shift();
    if (message && message.kind !== 'failed') return message;
    throw new TesseraError('internal', `The Parquet file cannot be written: ${message ? message.message : 'the writer gave up'}`);
  }

  #receive(message: FromParquetWriter): void {
    if (message.kind === 'end') this.#memoryByteLength = message.memoryByteLength;
    const job = this.#jobs.get(message.job);
    job?.said.push(message);
    job?.wake?.();
  }

  #finish(id: number): void {
    this.#worker.postMessage({ kind: 'close', job: id } satisfies ToParquetWriter);
    this.#jobs.delete(id);
    if (this.#jobs.size > 0 || this.#isDead) return;
    this.#worker.unref();
    if (this.#memoryByteLength > maxIdleMemoryByteLength) void this.terminate();
    else this.#idleTimer = setTimeout(() => void this.terminate(), idleMs).unref();
  }

  #die(): void {
    this.#isDead = true;
    clearTimeout(this.#idleTimer);
    for (const job of this.#jobs.values()) job.wake?.();
  }
}

let shared: ParquetWriteThread | undefined;

/** Starts to write a file, in a thread that all files share. */
export function startParquetJob(): ParquetWriteJob {
  if (!shared || shared.isDead) shared = new ParquetWriteThread();
  return shared.startJob();
}

/** Ends the writer's thread now instead of when it has been idle for a while. */
export async function closeParquetWriter(): Promise<void> {
  await shared?.terminate();
  shared = undefined;
}

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { TesseraError } from '@tessera/domain';
import type { ReadRange } from '../ipc/file-layout.ts';
import type { FromParquetWorker, ToParquetWorker } from './parquet-messages.ts';
import { parquetWorker } from './parquet-worker.ts';

/** A decoder that says nothing for so long, while nothing is being read for it, hangs. */
const stallMs = 60_000;
/** An idle thread is given up after this time, and at once if its memory has grown: WebAssembly never gives any back. */
const idleMs = 30_000;
const maxIdleMemoryByteLength = 256 * 2 ** 20;
/** Most bytes that one read of a hostile file may ask for. */
const maxReadByteLength = 2 ** 30;

/** The thread ended under a job. It need not be that job's fault. */
export class ThreadDied extends Error {}

/** A job's side of the conversation. */
export interface ParquetJob {
  readonly id: number;
  send(message: ToParquetWorker): void;
  /** The next answer that is not a read. @throws ThreadDied; TesseraError of a read that failed. */
  answer(): Promise<Exclude<FromParquetWorker, { kind: 'read' }>>;
  close(): void;
}

interface RunningJob {
  readonly read: ReadRange;
  openReadCount: number;
  isWaiting: boolean;
  failure?: unknown;
  settle?: { resolve(message: Exclude<FromParquetWorker, { kind: 'read' }>): void; reject(error: unknown): void };
}

/** One worker thread with the Parquet decoder in it, shared by jobs. */
export class ParquetThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, RunningJob>();
  #nextJob = 0;
  #isDead = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #memoryByteLength = 0;

  constructor() {
    const modulePath = createRequire(import.meta.url).resolve('parquet-wasm/node');
    // Some compilers name functions by a helper of theirs that is not in the text.
    const source = `const __name = (value) => value; (${parquetWorker.toString()})(require);`;
    this.#worker = new Worker(source, { eval: true, workerData: { modulePath }, stdout: true, stderr: true, name: 'parquet' });
    this.#worker.on('message', (message: FromParquetWorker) => this.#receive(message));
    this.#worker.on('error', () => this.#die());
    this.#worker.on('exit', () => this.#die());
    this.#worker.unref();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  startJob(read: ReadRange): ParquetJob {
    const id = this.#nextJob++;
    const job: RunningJob = { read, openReadCount: 0, isWaiting: false };
    this.#jobs.set(id, job);
    clearTimeout(this.#idleTimer);
    this.#worker.ref();
    return {
      id,
      send: (message) => {
        job.isWaiting = true;
        this.#watch();
        this.#worker.postMessage(message);
      },
      answer: () => new Promise((resolve, reject) => {
        if (this.#isDead) reject(new ThreadDied());
        else job.settle = { resolve, reject };
      }),
      close: () => this.#finish(id),
    };
  }

  async terminate(): Promise<void> {
    this.#die();
    await this.#worker.terminate();
  }

  #receive(message: FromParquetWorker): void {
    const job = this.#jobs.get(message.job);
    if (message.kind === 'end') this.#memoryByteLength = message.memoryByteLength;
    if (message.kind === 'read') {
      void this.#serveRead(job, message);
      return;
    }
    if (!job) return;
    job.isWaiting = false;
    this.#watch();
    const { settle } = job;
    delete job.settle;
    if (job.failure !== undefined) settle?.reject(job.failure);
    else settle?.resolve(message);
  }

  async #serveRead(job: RunningJob | undefined, { read, byteOffset, byteLength }: Extract<FromParquetWorker, { kind: 'read' }>): Promise<void> {
    let bytes: Uint8Array | undefined;
    if (job) {
      job.openReadCount++;
      this.#watch();
      try {
        if (byteLength > maxReadByteLength) throw new TesseraError('too_large', 'The row groups of the Parquet file are too large to read. Write it with smaller row groups.');
        // A copy of its own, to be handed over to the worker; stores may give out views of what they keep.
        bytes = new Uint8Array(await job.read(byteOffset, byteLength));
      } catch (error) {
        job.failure = error;
      }
      job.openReadCount--;
      this.#watch();
    }
    if (this.#isDead) return;
    if (bytes) this.#worker.postMessage({ kind: 'bytes', read, bytes }, [bytes.buffer as ArrayBuffer]);
    else this.#worker.postMessage({ kind: 'bytes', read });
  }

  /** The stall clock runs while a job waits for the decoder alone. */
  #watch(): void {
    clearTimeout(this.#stallTimer);
    const isDecoding = [...this.#jobs.values()].some((job) => job.isWaiting && job.openReadCount === 0);
    if (isDecoding && !this.#isDead) this.#stallTimer = setTimeout(() => void this.terminate(), stallMs);
  }

  #finish(id: number): void {
    this.#jobs.delete(id);
    this.#watch();
    if (this.#jobs.size > 0 || this.#isDead) return;
    this.#worker.unref();
    if (this.#memoryByteLength > maxIdleMemoryByteLength) {
      void this.terminate();
      return;
    }
    this.#idleTimer = setTimeout(() => void this.terminate(), idleMs).unref();
  }

  #die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#stallTimer);
    // The decoder also panics when a read fails; then that is what happened.
    for (const job of this.#jobs.values()) job.settle?.reject(job.failure ?? new ThreadDied());
    this.#jobs.clear();
  }
}

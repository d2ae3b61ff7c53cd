import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { TesseraError } from '@tessera/domain';
import type { ReadRange } from '../../ipc/file-layout.ts';
import type { FromColumnThread, PieceRequest, ToColumnThread } from './column-messages.ts';
import type { ColumnPiece, ColumnPlan } from './column-piece.ts';

/** Idle threads are ended after this time. */
const idleMs = 30_000;
const maxThreadCount = 4;

/** Some columns of a row group in a thread's hands. */
export interface ColumnJob {
  /** The next rows of some of the columns. @throws TesseraError gone if they are damaged, or what a read threw. */
  next(requests: readonly PieceRequest[]): Promise<readonly ColumnPiece[]>;
  close(): void;
}

interface RunningJob {
  readonly read: ReadRange;
  failure?: unknown;
  settle?: { resolve(pieces: readonly ColumnPiece[]): void; reject(error: unknown): void };
}

/** From the sources the program is the one beside this; bundled, it lies beside the bundle. */
const program = import.meta.url.endsWith('.ts') ? new URL('./serve-columns.ts', import.meta.url) : new URL('./parquet-columns.js', import.meta.url);

class ColumnThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, RunningJob>();
  #nextJob = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  isDead = false;

  constructor() {
    this.#worker = new Worker(program, { name: 'parquet-columns', execArgv: ['--no-warnings'] });
    this.#worker.on('message', (message: FromColumnThread) => this.#receive(message));
    this.#worker.on('error', () => this.#die());
    this.#worker.on('exit', () => this.#die());
    this.#worker.unref();
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  open(columns: readonly ColumnPlan[], read: ReadRange): ColumnJob {
    const id = this.#nextJob++;
    const job: RunningJob = { read };
    this.#jobs.set(id, job);
    clearTimeout(this.#idleTimer);
    this.#worker.ref();
    this.#send({ kind: 'open', job: id, columns });
    return {
      next: (requests) => new Promise((resolve, reject) => {
        if (this.isDead) return reject(threadEnded());
        job.settle = { resolve, reject };
        this.#send({ kind: 'next', job: id, requests });
      }),
      close: () => this.#finish(id),
    };
  }

  async terminate(): Promise<void> {
    this.#die();
    await this.#worker.terminate();
  }

  #send(message: ToColumnThread, transfer: ArrayBuffer[] = []): void {
    if (!this.isDead) this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromColumnThread): void {
    const job = this.#jobs.get(message.job);
    if (message.kind === 'read') return void this.#serveRead(job, message);
    const settle = job?.settle;
    if (!job || !settle) return;
    delete job.settle;
    if (message.kind === 'pieces') settle.resolve(message.pieces);
    else settle.reject(job.failure ?? new TesseraError('gone', `The Parquet file cannot be read: ${message.message}.`));
  }

  async #serveRead(job: RunningJob | undefined, { read, byteOffset, byteLength }: Extract<FromColumnThread, { kind: 'read' }>): Promise<void> {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      // A copy, to be handed over: stores may give out views of what they keep.
      if (job) bytes = new Uint8Array(await job.read(byteOffset, byteLength));
    } catch (error) {
      job!.failure ??= error;
    }
    if (bytes) this.#send({ kind: 'bytes', read, bytes }, [bytes.buffer]);
    else this.#send({ kind: 'bytes', read });
  }

  #finish(id: number): void {
    this.#jobs.get(id)?.settle?.reject(new TesseraError('cancelled', 'The caller went away.'));
    this.#jobs.delete(id);
    this.#send({ kind: 'close', job: id });
    if (this.#jobs.size > 0 || this.isDead) return;
    this.#worker.unref();
    this.#idleTimer = setTimeout(() => void this.terminate(), idleMs).unref();
  }

  #die(): void {
    if (this.isDead) return;
    this.isDead = true;
    clearTimeout(this.#idleTimer);
    for (const { settle } of this.#jobs.values()) settle?.reject(threadEnded());
    this.#jobs.clear();
  }
}

function threadEnded(): TesseraError {
  return new TesseraError('gone', 'The Parquet file cannot be read: it brought its decoder down.');
}

const threads: ColumnThread[] = [];

/** The threads for `count` jobs that run side by side: those with the least to do, and new ones up to the number of cores. */
export function openColumnJobs(jobs: readonly (readonly ColumnPlan[])[], read: ReadRange): ColumnJob[] {
  return jobs.map((columns) => leastBusyThread().open(columns, read));
}

/** How many jobs can run side by side. */
export function columnThreadCount(): number {
  return Math.min(availableParallelism(), maxThreadCount);
}

function leastBusyThread(): ColumnThread {
  for (let i = threads.length - 1; i >= 0; i--) if (threads[i]!.isDead) threads.splice(i, 1);
  const [least] = threads.toSorted((a, b) => a.jobCount - b.jobCount);
  if (least && (least.jobCount === 0 || threads.length >= columnThreadCount())) return least;
  const thread = new ColumnThread();
  threads.push(thread);
  return thread;
}

/** Ends all threads now instead of when they have been idle for a while. */
export async function closeColumnThreads(): Promise<void> {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { TesseraError, ownPiece, type Call } from '@tessera/domain';
import type { CodecJob, FaultMessage, JobAnswer, JobMessage, ThreadFault } from './codec-job.ts';

/** A job that waits for a worker, or is with one. */
interface Task {
  readonly job: CodecJob;
  readonly caller: object;
  settle(outcome: Uint8Array | TesseraError): void;
  isGivenUp: boolean;
}

/** A thread, and what it works on. */
interface Member {
  readonly worker: Worker;
  task: Task | undefined;
}

export interface CodecPoolOptions {
  /** Threads at most. */
  readonly size?: number;
  /** What each thread begins with. */
  readonly workerData?: unknown;
  /** Told of what goes wrong inside plug-ins. */
  readonly onFault?: (fault: ThreadFault) => void;
  /** How long a thread may go on with what nobody waits for any more, milliseconds; then it is ended. */
  readonly abandonedTimeoutMs?: number;
}

const anonymous = {};
const defaultAbandonedTimeoutMs = 10_000;

/**
 * Worker threads that decode and encode, as many as there are cores, started when there is work or by `warm`. Callers take turns, so
 * that one who needs a thousand chunks does not keep others waiting for more than one of them. What somebody no longer waits for is not
 * begun.
 */
export class CodecPool {
  readonly #program: URL;
  readonly #options: CodecPoolOptions;
  readonly #size: number;
  readonly #members: Member[] = [];
  /** Callers in the order of their turns. */
  readonly #waiting = new Map<object, Task[]>();
  #nextId = 1;
  #isClosed = false;

  /** @param program the worker's, as JavaScript */
  constructor(program: URL, options: CodecPoolOptions = {}) {
    this.#program = program;
    this.#options = options;
    this.#size = Math.max(1, options.size ?? availableParallelism());
  }

  /** @throws TesseraError as a pipeline does; cancelled if the caller goes away; gone if the work brings its thread down. */
  run(job: CodecJob, call: Call | undefined): Promise<Uint8Array> {
    const signal = call?.signal;
    if (signal?.aborted) return Promise.reject(cancelled());
    if (this.#isClosed) return Promise.reject(new TesseraError('unavailable', 'The server is closing.'));
    return new Promise((resolve, reject) => {
      const leave = () => {
        task.isGivenUp = true;
        task.settle(cancelled());
        this.#limitAbandoned(task);
      };
      const task: Task = {
        job, caller: signal ?? anonymous, isGivenUp: false,
        settle: (outcome) => {
          signal?.removeEventListener('abort', leave);
          if (outcome instanceof Uint8Array) resolve(outcome);
          else reject(outcome);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      const turn = this.#waiting.get(task.caller);
      if (turn) turn.push(task);
      else this.#waiting.set(task.caller, [task]);
      this.#assign();
    });
  }

  /** Starts threads before there is work, at most `count`: whoever comes first need not wait for that. */
  warm(count: number): void {
    while (this.#members.length < count && this.#start());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const tasks of this.#waiting.values()) for (const task of tasks) task.settle(new TesseraError('unavailable', 'The server is closing.'));
    this.#waiting.clear();
    await Promise.all(this.#members.splice(0).map(({ worker }) => worker.terminate()));
  }

  /** Work that would never end must not keep its thread. */
  #limitAbandoned(task: Task): void {
    const member = this.#members.find((each) => each.task === task);
    if (!member) return;
    setTimeout(() => {
      if (member.task === task) void member.worker.terminate();
    }, this.#options.abandonedTimeoutMs ?? defaultAbandonedTimeoutMs).unref();
  }

  #assign(): void {
    while (this.#waiting.size > 0) {
      const member = this.#members.find(({ task }) => task === undefined) ?? this.#start();
      if (!member) return;
      const task = this.#next();
      if (!task) return;
      member.task = task;
      // The process may not end under a caller, and need not stay for a thread that is idle.
      member.worker.ref();
      post(member.worker, { id: this.#nextId++, job: task.job });
    }
  }

  /** The first task of the caller whose turn it is; the next turn is another's. */
  #next(): Task | undefined {
    for (const [caller, tasks] of this.#waiting) {
      this.#waiting.delete(caller);
      let task = tasks.shift();
      while (task?.isGivenUp) task = tasks.shift();
      if (tasks.length > 0) this.#waiting.set(caller, tasks);
      if (task) return task;
    }
    return undefined;
  }

  #start(): Member | undefined {
    if (this.#members.length >= this.#size || this.#isClosed) return undefined;
    const member: Member = { worker: new Worker(this.#program, { workerData: this.#options.workerData }), task: undefined };
    this.#members.push(member);
    member.worker.unref();
    member.worker.on('message', (answer: JobAnswer | FaultMessage) => {
      if ('fault' in answer) this.#options.onFault?.(answer.fault);
      else this.#finish(member, 'bytes' in answer ? ownPiece(answer.bytes) : new TesseraError(answer.error.code, answer.error.message, answer.error.details));
    });
    let cause: unknown;
    member.worker.on('error', (error) => { cause = error; });
    member.worker.on('exit', () => {
      const at = this.#members.indexOf(member);
      if (at >= 0) this.#members.splice(at, 1);
      this.#finish(member, new TesseraError('gone', 'A chunk of these data could not be decoded: it takes more memory than there is, or is damaged.', {}, { cause }));
    });
    return member;
  }

  #finish(member: Member, outcome: Uint8Array | TesseraError): void {
    const { task } = member;
    member.task = undefined;
    member.worker.unref();
    task?.settle(outcome);
    if (!this.#isClosed) this.#assign();
  }
}

/** Others may hold the same bytes, so they are copied; a view alone, for cloned it would bring all that it is a view of. */
function post(worker: Worker, { id, job }: JobMessage): void {
  const { bytes } = job;
  if (bytes.byteLength === bytes.buffer.byteLength) return worker.postMessage({ id, job } satisfies JobMessage);
  const own = new Uint8Array(bytes);
  worker.postMessage({ id, job: { ...job, bytes: own } } satisfies JobMessage, [own.buffer]);
}

function cancelled(): TesseraError {
  return new TesseraError('cancelled', 'The caller went away.');
}

import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { TesseraError } from '@tessera/domain';
import type { FromSqlProcess, SqlQuery, ToSqlProcess } from './sql-messages.ts';
import { sqlProcessProgram } from './sql-process-program.ts';

/** How long a process may take for an answer: a view may be any computation, and nothing but its end stops one. */
const answerTimeoutMs = 60_000;

/**
 * A process of its own that runs queries on database files, one at a time: a damaged file or a hostile view can at worst end
 * it. It sees no settings of this process.
 */
export class SqlProcess {
  readonly #child: ChildProcess;
  #waiting: { resolve(message: FromSqlProcess): void; reject(error: unknown): void } | undefined;
  #isDead = false;

  constructor() {
    const path = createRequire(import.meta.url).resolve('@duckdb/node-api');
    // Some compilers name functions by a helper of theirs that is not in the text.
    const source = `const __name = (value) => value; (${sqlProcessProgram.toString()})(require('node:module').createRequire(${JSON.stringify(path)}));`;
    this.#child = spawn(process.execPath, ['--no-warnings', '--input-type=commonjs', '--max-old-space-size=512', '--eval', source], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced', env: {} });
    this.#child.on('message', (message: FromSqlProcess) => this.#settle(message));
    this.#child.on('error', () => this.#die());
    this.#child.on('exit', () => this.#die());
    this.#child.on('disconnect', () => this.#die());
    this.#release();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** @throws TesseraError gone if the query fails, deadline_exceeded if it takes too long, unavailable if the process ends. */
  async open(query: SqlQuery): Promise<Extract<FromSqlProcess, { kind: 'opened' }>> {
    return await this.#ask({ kind: 'open', query }) as Extract<FromSqlProcess, { kind: 'opened' }>;
  }

  async next(): Promise<Extract<FromSqlProcess, { kind: 'batch' }>> {
    return await this.#ask({ kind: 'next' }) as Extract<FromSqlProcess, { kind: 'batch' }>;
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
    this.#die();
  }

  async #ask(message: ToSqlProcess): Promise<FromSqlProcess> {
    if (this.#isDead) throw ended();
    this.#hold();
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<FromSqlProcess>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => {
          reject(new TesseraError('unavailable', `The database did not answer within ${answerTimeoutMs / 1000} s.`));
          this.kill();
        }, answerTimeoutMs);
        this.#child.send(message, (error) => {
          if (error) this.#die();
        });
      });
      if (answer.kind === 'failed') throw new TesseraError('gone', `The database cannot be read: ${answer.message}`);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
      this.#release();
    }
  }

  #settle(message: FromSqlProcess): void {
    this.#waiting?.resolve(message);
  }

  #die(): void {
    this.#isDead = true;
    this.#waiting?.reject(ended());
  }

  /** While it works this process does not end; while it idles it may. */
  #hold(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  #release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

function ended(): TesseraError {
  return new TesseraError('gone', 'The database cannot be read: the process that read it came to an end, as it does of damaged files.');
}

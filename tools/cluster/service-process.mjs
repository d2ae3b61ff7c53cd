// One process of a cluster: started in a group of its own, its output prefixed, stopped with its whole group.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from './loopback.mjs';

const STOP_TIMEOUT_MS = 20_000;
const READY_TIMEOUT_MS = 120_000;
const KEPT_LINES = 30;

export class ServiceProcess {
  #child;
  #stopping = false;
  #ended;
  #lines = [];

  /**
   * `spec`: name, command, args, env, uid, gid, port; `isReady` tells whether it serves; `stopSignal` asks it to end;
   * `essential` services end the cluster when they die; lines that match `chatter` are not shown.
   * `onLine(name, line)` gets its output,
   * `onDeath(service, how)` is called when it ends without having been asked to.
   */
  constructor(spec, { onLine, onDeath }) {
    this.spec = spec;
    this.onLine = onLine;
    this.onDeath = onDeath;
  }

  get name() {
    return this.spec.name;
  }

  get processId() {
    return this.#child?.pid;
  }

  get isRunning() {
    return this.#child !== undefined;
  }

  /** Starts it and waits until it is ready. @throws Error with its last words if it ends first. */
  async start() {
    this.#stopping = false;
    this.#lines = [];
    let how;
    const { command, args, env, uid, gid, cwd } = this.spec;
    const child = spawn(command, args, { env, uid, gid, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => resolve((how = error.message)));
      child.on('exit', (code, signal) => resolve((how = signal ?? `exit code ${code}`)));
    });
    let ready = false;
    void this.#ended.then(() => {
      this.#child = undefined;
      if (ready && !this.#stopping) this.onDeath(this, how);
    });
    const givenUp = () => (how === undefined ? undefined : `ended (${how})\n${this.#lines.map((line) => `    ${line}`).join('\n')}`);
    await waitUntil(this.name, async () => how === undefined && await this.spec.isReady(), { timeoutMs: READY_TIMEOUT_MS, givenUp });
    ready = true;
  }

  /** Asks it to end, insists after a while. Resolves to how it ended, `exit code 0` if all is well. */
  async stop() {
    const child = this.#child;
    if (child === undefined) return 'exit code 0';
    this.#stopping = true;
    child.kill(this.spec.stopSignal ?? 'SIGTERM');
    const ended = await Promise.race([this.#ended, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    if (ended !== undefined) return ended;
    await this.kill();
    return `killed: it did not end within ${STOP_TIMEOUT_MS / 1000} s`;
  }

  /** Ends it and everything it started, at once. Resolves when it is gone. */
  async kill() {
    if (this.#child?.pid === undefined) return;
    this.#stopping = true;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    await this.#ended;
  }

  #take(line) {
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    if (!this.spec.chatter?.test(line)) this.onLine(this.name, line);
  }
}

// Carries committed events from the outbox to the bus, in order: at least once, however often the bus fails.
import type { Database, Queries } from '@tessera/database';
import type { EventBus } from '@tessera/domain';
import { readOutbox, removeFromOutbox } from './outbox.sql.ts';

const batchEvents = 100;
/** How soon events that another process committed are noticed. */
const pollMs = 250;
const firstRetryMs = 50;
const longestRetryMs = 5_000;

/**
 * One process at a time relays, whichever holds the lock; writers never wait for it. An event is removed
 * only after the bus has it, so it may be published twice after a failure, and is never lost. Events of one
 * node were written under that node's row lock: their sequence is the order in which they happened.
 */
export class OutboxRelay {
  private readonly database: Database;
  private readonly bus: EventBus;
  private readonly onFailure: (error: unknown) => void;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private woken = Promise.withResolvers<void>();

  constructor(database: Database, bus: EventBus, onFailure: (error: unknown) => void = () => undefined) {
    this.database = database;
    this.bus = bus;
    this.onFailure = onFailure;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There is something new: called after each commit in this process. */
  wake(): void {
    this.woken.resolve();
  }

  /** Stops between two events; one that the bus does not take is left for the next start. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.stopped) {
      try {
        const led = await this.database.lead('tessera.catalog.outbox', async (queries) => {
          while (!this.stopped) {
            await this.drain(queries);
            retryMs = firstRetryMs;
            await this.pause();
          }
        });
        if (!led) await this.pause();
      } catch (error) {
        if (this.stopped) return;
        this.onFailure(error);
        await this.wait(retryMs);
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    }
  }

  private async drain(queries: Queries): Promise<void> {
    for (;;) {
      const events = await readOutbox(queries, batchEvents);
      const published: number[] = [];
      try {
        for (const event of events) {
          if (this.stopped) return;
          await this.unlessStopped(this.bus.publish(event));
          published.push(event.sequence);
        }
      } finally {
        await removeFromOutbox(queries, published);
      }
      if (events.length < batchEvents) return;
    }
  }

  /** Until there may be something new. The embedded database has no other writers, so there is nothing to poll for. */
  private async pause(): Promise<void> {
    await (this.database.embedded ? this.woken.promise : this.wait(pollMs, this.woken.promise));
    this.woken = Promise.withResolvers<void>();
  }

  private async wait(ms: number, orUntil: Promise<void> = new Promise(() => undefined)): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => { timer = setTimeout(resolve, ms); });
    const stopped = this.stopSignal();
    await Promise.race([elapsed, orUntil, stopped.promise]);
    stopped.forget();
    clearTimeout(timer);
  }

  /** A bus that is down may hold an event for ever: stopping does not wait for it. */
  private async unlessStopped(publishing: Promise<void>): Promise<void> {
    const stopped = this.stopSignal();
    const outcome = await Promise.race([publishing.then(() => 'published' as const), stopped.promise]).finally(() => stopped.forget());
    if (outcome === 'published') return;
    publishing.catch(() => undefined);
    throw new Error('The relay stops.');
  }

  private stopSignal(): { promise: Promise<'stopped'>; forget: () => void } {
    const { promise, resolve } = Promise.withResolvers<'stopped'>();
    const stop = () => resolve('stopped');
    if (this.stopped) stop();
    this.stopping.signal.addEventListener('abort', stop, { once: true });
    return { promise, forget: () => this.stopping.signal.removeEventListener('abort', stop) };
  }
}

import { TesseraError, type CatalogEvent, type EventBus, type Subscription } from '@tessera/domain';

type Handler = (event: CatalogEvent) => Promise<void>;

const firstRetryMs = 20;
const longestRetryMs = 5_000;
/** Sequences remembered to tell a second publication of an event from the first. */
const rememberedSequences = 10_000;

/** A durable consumer: it stays when its subscription closes, and goes on where it stopped. */
interface Group {
  handler: Handler | undefined;
  /** Deliveries follow one another. */
  tail: Promise<void>;
  changed: PromiseWithResolvers<void>;
}

/**
 * The bus within one process. Nothing outlives the process here, so an event counts as safe only when every
 * group has handled it: until then it stays in the outbox, which is on disk. Groups must subscribe before the
 * relay starts.
 */
export class InProcessBus implements EventBus {
  private readonly groups = new Map<string, Group>();
  private readonly watchers = new Set<(event: CatalogEvent) => void>();
  private readonly handled = new Set<number>();
  private readonly inFlight = new Map<number, Promise<void>>();
  private readonly closing = Promise.withResolvers<void>();
  private closed = false;

  publish(event: CatalogEvent): Promise<void> {
    if (this.closed) return Promise.reject(closedError());
    if (this.handled.has(event.sequence)) return Promise.resolve();
    const again = this.inFlight.get(event.sequence);
    if (again) return again;
    const delivered = this.deliver(event).finally(() => this.inFlight.delete(event.sequence));
    this.inFlight.set(event.sequence, delivered);
    return delivered;
  }

  async subscribe(name: string, handler: Handler): Promise<Subscription> {
    const group = this.groups.get(name) ?? { handler: undefined, tail: Promise.resolve(), changed: Promise.withResolvers<void>() };
    if (group.handler) throw new TesseraError('conflict', `There is a subscriber of the group "${name}" already.`);
    this.groups.set(name, group);
    change(group, handler);
    return {
      close: async () => {
        if (group.handler === handler) change(group, undefined);
      },
    };
  }

  async watch(handler: (event: CatalogEvent) => void): Promise<Subscription> {
    const watcher = (event: CatalogEvent) => handler(event);
    this.watchers.add(watcher);
    return { close: async () => void this.watchers.delete(watcher) };
  }

  /** Publications that are not handled yet fail; their events are not lost, the outbox has them. */
  async close(): Promise<void> {
    this.closed = true;
    this.closing.resolve();
    await Promise.allSettled([...this.groups.values()].map((group) => group.tail));
  }

  private async deliver(event: CatalogEvent): Promise<void> {
    for (const watcher of this.watchers) tell(watcher, event);
    await Promise.all([...this.groups.values()].map((group) => {
      // One after another in each group, whether the one before failed (the bus closed) or not.
      const turn = group.tail.then(() => this.handle(group, event));
      group.tail = turn.catch(() => undefined);
      return turn;
    }));
    this.remember(event.sequence);
  }

  private async handle(group: Group, event: CatalogEvent): Promise<void> {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      if (this.closed) throw closedError();
      const { handler } = group;
      if (!handler) {
        await Promise.race([group.changed.promise, this.closing.promise]);
        continue;
      }
      try {
        await handler(event);
        return;
      } catch {
        await this.pause(retryMs);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise<void>((resolve) => { timer = setTimeout(resolve, ms); }), this.closing.promise]);
    clearTimeout(timer);
  }

  private remember(sequence: number): void {
    this.handled.add(sequence);
    if (this.handled.size <= rememberedSequences) return;
    for (const oldest of this.handled) {
      this.handled.delete(oldest);
      break;
    }
  }
}

function change(group: Group, handler: Handler | undefined): void {
  group.handler = handler;
  group.changed.resolve();
  group.changed = Promise.withResolvers<void>();
}

/** A watcher only drops caches: its failure concerns nobody else. */
function tell(watcher: (event: CatalogEvent) => void, event: CatalogEvent): void {
  try {
    watcher(event);
  } catch {
    // By the contract of `watch` nothing is delivered again.
  }
}

const closedError = () => new TesseraError('unavailable', 'The event bus is closed.');

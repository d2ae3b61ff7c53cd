import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection, Subscription as NatsSubscription } from '@nats-io/transport-node';
import { TesseraError, type CatalogEvent, type EventBus, type Subscription } from '@tessera/domain';
import { decodeEvent, encodeEvent } from './event.wire.ts';
import { GroupConsumer } from './group-consumer.ts';
import { KeptConnection, sleep, type NatsSettings } from './nats-connection.ts';
import { checkGroup, ensureStream, type StreamSettings } from './nats-stream.ts';

export interface NatsBusSettings extends NatsSettings, Partial<StreamSettings> {
  /** How long `publish` tries before it says that NATS is down. */
  readonly publishTimeoutMs?: number;
  /** Gets errors that are retried, to log them. */
  readonly onError?: (error: unknown) => void;
}

const defaultPublishTimeoutMs = 10_000;
const attemptTimeoutMs = 3_000;
const retryMs = 200;
/** Room for headers below NATS's bound for a message. */
const headerByteLength = 1_024;

/** Events between processes, kept by NATS JetStream. Needs no NATS to be opened: it connects as soon as there is one. */
export class NatsBus implements EventBus {
  private readonly connection: KeptConnection;
  private readonly stream: StreamSettings;
  private readonly onError: (error: unknown) => void;
  private readonly publishTimeoutMs: number;
  private readonly subscriptions = new Set<Subscription>();
  private streamReady = false;

  constructor(settings: NatsBusSettings) {
    this.connection = new KeptConnection(settings);
    this.stream = {
      streamName: settings.streamName ?? 'TESSERA_EVENTS',
      subjectPrefix: settings.subjectPrefix ?? 'tessera.events',
      replicas: settings.replicas ?? 1,
      retentionMs: settings.retentionMs ?? 7 * 24 * 3_600_000,
    };
    this.onError = settings.onError ?? (() => {});
    this.publishTimeoutMs = settings.publishTimeoutMs ?? defaultPublishTimeoutMs;
  }

  /** @throws TesseraError unavailable if no NATS server took the event in time: publish it again, the same event is kept once. */
  async publish(event: CatalogEvent): Promise<void> {
    const giveUpAtMs = Date.now() + this.publishTimeoutMs;
    for (;;) {
      try {
        return await this.publishOnce(event, giveUpAtMs);
      } catch (error) {
        this.streamReady = false;
        if (Date.now() + retryMs >= giveUpAtMs) {
          throw new TesseraError('unavailable', 'The event could not be handed to NATS.', {}, { cause: error });
        }
        await sleep(retryMs);
      }
    }
  }

  /** Resolves at once; events published before NATS can be reached are delivered as soon as it can. */
  async subscribe(group: string, handler: (event: CatalogEvent) => Promise<void>): Promise<Subscription> {
    checkGroup(group);
    return this.track(new GroupConsumer(this.connection, this.stream, { group, handle: handler, onError: this.onError }));
  }

  /** Resolves once events are watched, or at once while NATS cannot be reached; `onGap` then tells when it begins. */
  async watch(handler: (event: CatalogEvent) => void, onGap: () => void = () => {}): Promise<Subscription> {
    const watching = new Watch(this.connection, `${this.stream.subjectPrefix}.>`, handler, onGap);
    await Promise.race([watching.begun, sleep(attemptTimeoutMs)]);
    return this.track(watching);
  }

  /** Whether a NATS server answers within the time. */
  async answers(timeoutMs: number): Promise<boolean> {
    const untilMs = Date.now() + timeoutMs;
    return within(this.connection.get().then((connection) => connection.flush()), untilMs).then(() => true, () => false);
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.connection.close();
  }

  private async publishOnce(event: CatalogEvent, giveUpAtMs: number): Promise<void> {
    const connection = await within(this.connection.get(), giveUpAtMs);
    if (!this.streamReady) {
      await within(ensureStream(connection, this.stream), giveUpAtMs);
      this.streamReady = true;
    }
    const mostByteLength = (connection.info?.max_payload ?? 2 ** 20) - headerByteLength;
    for (const { body, messageId } of encodeEvent(event, mostByteLength)) {
      const timeout = Math.max(1, Math.min(attemptTimeoutMs, giveUpAtMs - Date.now()));
      await jetstream(connection).publish(`${this.stream.subjectPrefix}.${event.kind}`, body, { msgID: messageId, timeout });
    }
  }

  private track(subscription: Subscription): Subscription {
    this.subscriptions.add(subscription);
    return {
      close: async () => {
        this.subscriptions.delete(subscription);
        await subscription.close();
      },
    };
  }
}

/**
 * Events as they pass by. A plain subscription is enough: it holds nothing on the server, misses nothing while
 * connected, and every break of the connection is reported as a gap.
 */
class Watch implements Subscription {
  readonly begun: Promise<void>;
  private closed = false;
  private subscription: NatsSubscription | undefined;

  constructor(private readonly kept: KeptConnection, private readonly subject: string, private readonly handler: (event: CatalogEvent) => void, private readonly onGap: () => void) {
    const begun = Promise.withResolvers<void>();
    this.begun = begun.promise;
    void this.run(begun.resolve);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.subscription?.unsubscribe();
  }

  private async run(begun: () => void): Promise<void> {
    const startedAtMs = Date.now();
    for (let first = true; !this.closed; first = false) {
      const connection = await this.kept.get().catch(() => undefined);
      if (!connection || this.closed) return;
      const statuses = connection.status();
      this.subscription = connection.subscribe(this.subject, { callback: (_error, message) => this.tell(message.data) });
      // The server has the subscription once it answers.
      await connection.flush().catch(() => {});
      if (!first || Date.now() - startedAtMs >= attemptTimeoutMs) this.onGap();
      begun();
      await this.follow(connection, statuses);
      await sleep(retryMs);
    }
  }

  /** Until the connection is given up for good. */
  private async follow(connection: NatsConnection, statuses: ReturnType<NatsConnection['status']>): Promise<void> {
    for await (const status of statuses) {
      if (this.closed) return;
      if (status.type === 'reconnect' || status.type === 'slowConsumer') this.onGap();
      if (connection.isClosed()) return;
    }
  }

  private tell(body: Uint8Array): void {
    if (this.closed) return;
    try {
      this.handler(decodeEvent(body));
    } catch {
      // A watcher that fails, or a message that is no event, concerns nobody else.
    }
  }
}

async function within<Value>(promise: Promise<Value>, untilMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('NATS does not answer.')), Math.max(1, untilMs - Date.now()));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

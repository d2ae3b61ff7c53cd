// Carries the events of one durable group to its handler, one by one, through every failure of NATS.
import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { CatalogEvent, Subscription } from '@tessera/domain';
import { decodeEvent } from './event.wire.ts';
import { sleep, type KeptConnection } from './nats-connection.ts';
import { ackWaitMs, ensureConsumer, ensureStream, type StreamSettings } from './nats-stream.ts';

const firstRetryMs = 100;
const mostRetryMs = 10_000;
const restartMs = 250;
/** Silence after which a pull is taken for lost. */
const heartbeatMs = 2_000;

export interface GroupHandler {
  readonly group: string;
  readonly handle: (event: CatalogEvent) => Promise<void>;
  /** Gets errors of the handler and of NATS, to log them: both are retried. */
  readonly onError: (error: unknown) => void;
}

export class GroupConsumer implements Subscription {
  private closed = false;
  private messages: ConsumerMessages | undefined;
  private readonly running: Promise<void>;

  constructor(private readonly connection: KeptConnection, private readonly stream: StreamSettings, private readonly handler: GroupHandler) {
    this.running = this.run();
  }

  /** Stops after the event under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.messages?.stop();
    // Without NATS the loop waits for a connection that need not come.
    await Promise.race([this.running, sleep(ackWaitMs)]);
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.consume();
      } catch (error) {
        if (this.closed) return;
        this.handler.onError(error);
        await sleep(restartMs);
      }
    }
  }

  /** Ends with an error if the stream or the consumer is gone: then both are made anew. */
  private async consume(): Promise<void> {
    const connection = await this.connection.get();
    if (this.closed) return;
    const manager = await ensureStream(connection, this.stream);
    await ensureConsumer(manager, this.stream, this.handler.group);
    const consumer = await jetstream(connection).consumers.get(this.stream.streamName, this.handler.group);
    this.messages = await consumer.consume({ max_messages: 10, expires: 30_000, idle_heartbeat: heartbeatMs, abort_on_missing_resource: true });
    if (this.closed) this.messages.stop();
    for await (const message of this.messages) {
      if (this.closed) break;
      await this.deliver(message);
    }
  }

  private async deliver(message: JsMsg): Promise<void> {
    let event: CatalogEvent;
    try {
      event = decodeEvent(message.data);
    } catch (error) {
      this.handler.onError(error);
      message.term('not an event');
      return;
    }
    const alive = setInterval(() => message.working(), ackWaitMs / 3);
    try {
      await this.handler.handle(event);
      message.ack();
    } catch (error) {
      this.handler.onError(error);
      const attempt = message.info.deliveryCount;
      message.nak(Math.min(firstRetryMs * 2 ** Math.min(attempt - 1, 20), mostRetryMs));
    } finally {
      clearInterval(alive);
    }
  }
}

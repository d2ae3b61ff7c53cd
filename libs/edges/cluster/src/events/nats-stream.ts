// The stream that keeps events, and a group's place in it.
import {
  AckPolicy, DeliverPolicy, DiscardPolicy, jetstreamManager, JetStreamApiError, RetentionPolicy, StorageType, type ConsumerConfig, type JetStreamManager, type StreamConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { TesseraError } from '@tessera/domain';

export interface StreamSettings {
  readonly streamName: string;
  /** Subjects are this, a dot, and the kind of event. */
  readonly subjectPrefix: string;
  /** Copies in a NATS cluster. */
  readonly replicas: number;
  /** How long events are kept for groups that are away. A group that was away for longer must fill itself anew. */
  readonly retentionMs: number;
}

// nats-server's error for a stream that exists with other settings (jetstream errors.json).
const streamNameInUse = 10058;

/** How long a group may work on an event without a sign of life: also how long an event waits that was under way when its consumer or the server died. */
export const ackWaitMs = 5_000;
/** Events that the outbox publishes again within this time are kept once. */
const duplicateWindowMs = 10 * 60_000;

/** Creates the stream, or brings it up to date. Harmless to repeat, and from several processes at once. */
export async function ensureStream(connection: NatsConnection, settings: StreamSettings): Promise<JetStreamManager> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const config: Partial<StreamConfig> & { name: string } = {
    name: settings.streamName,
    subjects: [`${settings.subjectPrefix}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: settings.replicas,
    max_age: nanos(settings.retentionMs),
    duplicate_window: nanos(Math.min(duplicateWindowMs, settings.retentionMs)),
  };
  try {
    await manager.streams.add(config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== streamNameInUse) throw error;
    await manager.streams.update(settings.streamName, config);
  }
  return manager;
}

/** Creates the durable consumer of a group if there is none; one that exists keeps its place. */
export async function ensureConsumer(manager: JetStreamManager, settings: StreamSettings, group: string): Promise<void> {
  const config: Partial<ConsumerConfig> & { durable_name: string } = {
    durable_name: group,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    // One event at a time, over all members of the group: this is what keeps the order when one is delivered again.
    max_ack_pending: 1,
    max_deliver: -1,
    ack_wait: nanos(ackWaitMs),
  };
  await manager.consumers.add(settings.streamName, config);
}

/** @throws TesseraError invalid_argument if NATS could not name a consumer so. */
export function checkGroup(group: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(group)) {
    throw new TesseraError('invalid_argument', `"${group}" cannot name a group: use letters, digits, "-" and "_".`);
  }
}

// One connection to NATS that is always being made, for as long as it is wanted.
import { readFileSync } from 'node:fs';
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

export interface NatsSettings {
  /** One or more of a NATS cluster, e.g. `nats://127.0.0.1:4222`; user and password may be in the URL. */
  readonly servers: readonly string[];
  /** Shown in NATS's own monitoring. */
  readonly name?: string;
  /** File with the JWT and seed of a user. */
  readonly credentialsFile?: string;
  /** PEM files. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

const retryMs = 250;
const flushTimeoutMs = 1_000;

/** Connects in the background; lost connections come back by themselves. */
export class KeptConnection {
  private readonly closing = new AbortController();
  private current: Promise<NatsConnection>;

  constructor(private readonly settings: NatsSettings) {
    this.current = this.connect();
  }

  /** The connection, as soon as there is one. @throws once it is closed. */
  get(): Promise<NatsConnection> {
    return this.current;
  }

  async close(): Promise<void> {
    this.closing.abort();
    // An unfinished attempt ends by itself and then closes what it got.
    const connection = await Promise.race([this.current, sleep(retryMs)]).catch(() => undefined);
    if (!connection) return;
    // The last acknowledgements are on their way; without a server there is nobody to wait for.
    await Promise.race([connection.flush(), sleep(flushTimeoutMs)]).catch(() => {});
    await connection.close();
  }

  private async connect(): Promise<NatsConnection> {
    for (;;) {
      if (this.closing.signal.aborted) throw new Error('The connection to NATS is closed.');
      try {
        const connection = await connect(connectionOptions(this.settings));
        if (this.closing.signal.aborted) await connection.close();
        // It gives up only on errors it takes for lasting, such as refused credentials: these change, too.
        void connection.closed().then(() => { if (!this.closing.signal.aborted) this.current = this.connect(); });
        return connection;
      } catch {
        await sleep(retryMs);
      }
    }
  }
}

function connectionOptions({ servers, name, credentialsFile, tls }: NatsSettings): NodeConnectionOptions {
  const urls = servers.map((server) => (server.includes('://') ? new URL(server) : new URL(`nats://${server}`)));
  const { username, password } = urls[0] ?? {};
  return {
    servers: urls.map((url) => url.host),
    ...(name === undefined ? {} : { name }),
    ...(username ? { user: decodeURIComponent(username) } : {}),
    ...(password ? { pass: decodeURIComponent(password) } : {}),
    ...(credentialsFile === undefined ? {} : { authenticator: credsAuthenticator(readFileSync(credentialsFile)) }),
    ...(tls === undefined ? {} : { tls }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: retryMs,
    reconnectJitter: retryMs,
    ignoreAuthErrorAbort: true,
    // A dead server that keeps its socket is found out within half a minute.
    pingInterval: 10_000,
    timeout: 5_000,
  };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms).unref(); });
}

// nats-server with JetStream on loopback.
import { mkdir } from 'node:fs/promises';
import { dyingWithParent } from './dying-with-parent.mjs';
import { isListening, LOOPBACK } from './loopback.mjs';

/** The service and its URL. Streams are kept in `folder`. */
export async function natsService({ natsServer, folder, port }) {
  await mkdir(folder, { recursive: true });
  const spec = await dyingWithParent('SIGTERM', {
    name: 'nats',
    command: natsServer,
    args: ['--addr', LOOPBACK, '--port', String(port), '--jetstream', '--store_dir', folder],
    env: process.env,
    port,
    chatter: /\[INF\]/,
    // nats-server reports an orderly end after SIGTERM as code 1; SIGINT as 0.
    stopSignal: 'SIGINT',
    isReady: () => isListening(port),
  });
  return { spec, url: `nats://${LOOPBACK}:${port}` };
}

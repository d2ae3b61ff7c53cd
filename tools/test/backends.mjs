// A fresh PostgreSQL and a fresh nats-server for one run of the tests.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../cluster/loopback.mjs';
import { natsService } from '../cluster/nats.mjs';
import { postgresService } from '../cluster/postgres.mjs';
import { ServiceProcess } from '../cluster/service-process.mjs';
import { say } from '../launch/progress.mjs';

/** Starts what is available. Resolves to `{ env, stop }`: the variables that tests look for, and how to end it all. */
export async function startBackends({ natsServer, binFolder }) {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-test-'));
  await chmod(folder, 0o711);
  const [postgresPort, natsPort] = await freePorts(2);
  const env = {};
  const services = [];
  const stop = async () => {
    for (const service of services.toReversed()) await service.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const start = async (spec) => {
    const service = new ServiceProcess(spec, { onLine: () => undefined, onDeath: (dead, how) => say(`${dead.name} died during the tests: ${how}`) });
    services.push(service);
    await service.start();
  };
  try {
    if (binFolder) {
      const { spec, url } = await postgresService({ binFolder, folder: join(folder, 'postgres'), port: postgresPort, durable: false });
      await start(spec);
      env.TESSERA_TEST_POSTGRES_URL = url;
    }
    if (natsServer) {
      const { spec, url } = await natsService({ natsServer, folder: join(folder, 'nats'), port: natsPort });
      await start(spec);
      Object.assign(env, { TESSERA_TEST_NATS_URL: url, TESSERA_TEST_NATS_SERVER: natsServer });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, stop };
}

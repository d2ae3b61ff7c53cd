// Tessera itself, in one process or as a cluster, over a folder of files.
import { join } from 'node:path';
import { ensureBuilt, appMain } from '../../tools/launch/app-build.mjs';
import { inWorkspace } from '../../tools/launch/workspace.mjs';
import { freePort, startProcess, untilAnswers } from './processes.mjs';

const key = 'benchmark';
export const headers = { Authorization: `Apikey ${key}` };

/** Every role in one process, over a folder or an address. Resolves when it answers for the node at `path`. */
export async function startAllInOne(folder, files, environment = {}, path = 'image') {
  await ensureBuilt(['tessera'], process.execPath);
  const port = await freePort();
  const server = startProcess(process.execPath, [appMain('tessera'), 'serve', files, '--port', String(port), '--api-key', key, '--state', join(folder, 'state')], { env: { ...process.env, ...environment } });
  return answering(server, port, path);
}

/** Catalog, search, one reader and gateway as processes of their own, with PostgreSQL and NATS. */
export async function startCluster(folder, files, settings = {}, path = 'image') {
  const port = await freePort();
  const server = startProcess(process.execPath, [
    inWorkspace('tools', 'launch', 'tessera.mjs'), 'cluster', files, '--port', String(port), '--api-key', key, '--readers', '1', '--temp',
  ], { env: { ...process.env, ...settings } });
  return answering(server, port, path);
}

async function answering(server, port, path) {
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/healthz`, server);
  await untilAnswers(`${origin}/api/v1/metadata/${path}`, server, headers);
  return { ...server, origin };
}

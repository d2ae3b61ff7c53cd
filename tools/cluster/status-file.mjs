// What runs where, for programs: process ids, ports and commands of a cluster.
import { rename, writeFile } from 'node:fs/promises';

/** Writes the status as a whole; readers see the old file or the new one. It holds the key: only the owner may read it. */
export async function writeStatusFile(path, { url, apiKey, controlSocket, services }) {
  const status = {
    url,
    apiKey,
    processId: process.pid,
    controlSocket,
    services: Object.fromEntries(services.map((service) => [service.name, {
      processId: service.processId ?? null,
      port: service.spec.port,
      command: [service.spec.command, ...service.spec.args],
    }])),
  };
  await writeFile(`${path}.new`, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

// A socket on this machine through which single services are stopped, killed and started again: for fault tests.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Commands of one line each, `start|stop|kill NAME`, answered by `ok` or `error: why`. */
export function listenForControl(socketPath, services, onChange) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', async (line) => {
      const answer = await obey(line.trim(), services).catch((error) => `error: ${error.message.split('\n')[0]}`);
      onChange();
      socket.write(`${answer}\n`);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(socketPath, () => resolve(server));
  });
}

async function obey(line, services) {
  const [verb, name] = line.split(/\s+/);
  const service = services.find((candidate) => candidate.name === name);
  if (service === undefined) return `error: there is no service "${name}"; there are ${services.map((candidate) => candidate.name).join(', ')}`;
  if (verb === 'kill') await service.kill();
  else if (verb === 'stop') await service.stop();
  else if (verb === 'start' && !service.isRunning) await service.start();
  else if (verb !== 'start') return `error: "${verb}" is not one of start, stop, kill`;
  return 'ok';
}

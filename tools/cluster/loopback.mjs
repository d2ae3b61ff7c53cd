// Ports on the loopback interface: free ones, and waiting until somebody listens.
import { createServer, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const LOOPBACK = '127.0.0.1';
const POLL_MS = 50;

/** Ports that nobody listens on now, all different. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, LOOPBACK, () => resolve(server));
  });
}

/** Whether something accepts connections at a port. */
export function isListening(port, host = LOOPBACK) {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const answer = (value) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

/** Asks until the answer is yes. @throws Error that names `what` if it stays no, or if `givenUp()` gives a reason. */
export async function waitUntil(what, isSo, { timeoutMs, givenUp = () => undefined }) {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    if (await isSo()) return;
    const reason = givenUp();
    if (reason !== undefined) throw new Error(`${what}: ${reason}`);
    if (Date.now() > endsAt) throw new Error(`${what}: not ready after ${Math.round(timeoutMs / 1000)} s`);
    await delay(POLL_MS);
  }
}

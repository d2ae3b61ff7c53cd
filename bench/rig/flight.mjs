// Servers and clients of the Flight measurement.
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appMain, ensureBuilt } from '../../tools/launch/app-build.mjs';
import { inWorkspace } from '../../tools/launch/workspace.mjs';
import { freePort, processTree, startProcess, untilAnswers } from './processes.mjs';

const rig = (name) => join(import.meta.dirname, name);
export const key = 'benchmark';

/** pyarrow's server over the same files. */
export async function startRival(python, arrowFile, parquetFile) {
  const server = startProcess(python, [rig('flight_server.py'), arrowFile, parquetFile]);
  while (!/^\d+\n/.test(server.output())) {
    if (server.hasEnded()) throw new Error(`The rival ended:\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { ...server, address: `grpc://127.0.0.1:${parseInt(server.output(), 10)}`, servers: () => [server.pid] };
}

/** Tessera in one process, or (with a number of readers) in many. */
export async function startTessera(folder, files, readers) {
  await ensureBuilt(readers === undefined ? ['tessera'] : ['gateway', 'catalog', 'search', 'reader'], process.execPath);
  const [port, flightPort] = [await freePort(), await freePort()];
  const common = ['--port', String(port), '--flight-port', String(flightPort), '--api-key', key, '--temp'];
  const args = readers === undefined
    ? ['--max-semi-space-size=8', appMain('tessera'), 'serve', files, ...common]
    : [inWorkspace('tools', 'launch', 'tessera.mjs'), 'cluster', files, '--readers', String(readers), '--status-file', join(folder, 'status.json'), ...common];
  const server = startProcess(process.execPath, args);
  const headers = { Authorization: `Apikey ${key}` };
  for (const name of ['parquet', 'arrow']) await untilAnswers(`http://127.0.0.1:${port}/api/v1/metadata/${name}`, server, headers);
  const servers = () => {
    if (readers === undefined) return [server.pid];
    const { services } = JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'));
    return Object.entries(services).filter(([name]) => name === 'gateway' || name.startsWith('reader')).map(([, service]) => service.processId);
  };
  return { ...server, address: `grpc://127.0.0.1:${flightPort}`, servers, tree: () => processTree(server.pid) };
}

/** A client of its own process, which reads what it is told to. */
export function startClient(python) {
  const child = spawn(python, [rig('flight_client.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    read: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('The client ended.');
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}

/** Most resident megabytes of any of the processes beyond what it had, while something was done. */
export async function memoryGrowth(pids, work) {
  const status = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  // proc(5), clear_refs: 5 resets the peak.
  const before = pids.map((pid) => {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return status(pid, 'VmRSS');
  });
  const result = await work();
  return { result, growth: Math.max(...pids.map((pid, i) => status(pid, 'VmHWM') - before[i])) };
}

// A fixed number of clients ask for a list of URLs for some seconds; wrk makes the load.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../tools/launch/run-command.mjs';
import { cpuSeconds, processTree } from './processes.mjs';

/**
 * @returns requests per second, CPU milliseconds per request of the processes below `pid`, and latencies as wrk says them
 */
export async function measure({ wrk, folder, origin, paths, headers = {}, pid, clients = 16, seconds = 8 }) {
  const script = join(folder, 'requests.lua');
  writeFileSync(script, luaScript(paths, headers));
  const ask = (duration) => runCommand(wrk, ['-t1', `-c${clients}`, `-d${duration}s`, '--latency', '-s', script, origin]);
  await ask(2); // warm caches and the compiler
  const pids = processTree(pid);
  const before = cpuSeconds(pids);
  const { code, output } = await ask(seconds);
  const cpu = cpuSeconds(pids) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1];
  if (code !== 0 || !requests || refused) throw new Error(`The load went wrong:\n${output}`);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]),
    cpuMsPerRequest: (cpu * 1000) / requests,
    p50: /^\s+50%\s+(\S+)/m.exec(output)?.[1],
    p99: /^\s+99%\s+(\S+)/m.exec(output)?.[1],
  };
}

function luaScript(paths, headers) {
  const quoted = (text) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
  return [
    `local paths = { ${paths.map(quoted).join(', ')} }`,
    'local next = 0',
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`),
    'request = function() next = next % #paths + 1; return wrk.format("GET", paths[next]) end',
  ].join('\n');
}

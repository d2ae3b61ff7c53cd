// `node tools/setup/set-up.mjs [python|nats-server|postgresql|versitygw|go-flight|nginx|wrk …]` fetches tools and prints what it has as JSON.
import { pathToFileURL } from 'node:url';
import { ensureNginx, ensureWrk } from './bench-tools.mjs';
import { ensureGoFlight } from './go-flight.mjs';
import { ensureNatsServer } from './nats-server.mjs';
import { ensurePostgresql } from './postgresql.mjs';
import { ensurePython } from './python.mjs';
import { ensureVersitygw } from './versitygw.mjs';

/** Every tool that can be set up, by name. Each resolves to its paths, or `{ unavailable: reason }`. */
export const tools = {
  python: ensurePython,
  'nats-server': ensureNatsServer,
  postgresql: ensurePostgresql,
  versitygw: ensureVersitygw,
  'go-flight': ensureGoFlight,
  nginx: ensureNginx,
  wrk: ensureWrk,
};

/** Sets up some tools, one after the other. */
export async function setUp(names) {
  const results = {};
  for (const name of names) results[name] = await tools[name]();
  return results;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in tools));
  if (unknown.length > 0) throw new Error(`Unknown tool ${unknown.join(', ')}; there are ${Object.keys(tools).join(', ')}.`);
  const results = await setUp(names.length > 0 ? names : ['python', 'nats-server', 'postgresql', 'versitygw', 'go-flight']);
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  process.exitCode = Object.values(results).some((result) => result.unavailable) ? 1 : 0;
}

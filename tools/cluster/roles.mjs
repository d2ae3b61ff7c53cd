// The processes of the roles: which app, which port, and what each is told about the others.
import { appMain } from '../launch/app-build.mjs';
import { exitWithParent } from '../launch/run-child.mjs';
import { isListening, LOOPBACK } from './loopback.mjs';

/** What suits processes that pass chunks on; see docs/adr/0011-young-generation.md. */
const YOUNG_GENERATION = '--max-semi-space-size=8';

/** Services in the order of starting, each group after the one before is ready. */
export function roleServices({ options, databaseUrl, natsUrl, stateFolder, ports }) {
  const at = (port) => `${LOOPBACK}:${port}`;
  const common = {
    ...process.env,
    TESSERA_API_KEY: options.apiKey,
    TESSERA_STATE: stateFolder,
    TESSERA_HTTP__HOST: options.host,
    TESSERA_HTTP__PORT: String(options.port),
    TESSERA_CLUSTER__SECRET: options.secret,
    TESSERA_CLUSTER__HOST: LOOPBACK,
    TESSERA_NATS__URL: natsUrl,
    TESSERA_CATALOG__ADDRESSES: at(ports.catalog),
    TESSERA_IDENTITY__ADDRESSES: at(ports.catalog),
    TESSERA_SEARCH__ADDRESSES: at(ports.search),
    TESSERA_READER__ADDRESSES: ports.readers.map(at).join(','),
    TESSERA_INDEXER__ADDRESSES: ports.readers.map(at).join(','),
  };
  const withDatabase = { ...common, TESSERA_DATABASE__URL: databaseUrl };
  const role = (name, app, port, env, facts = {}) => ({
    name,
    command: process.execPath,
    args: [YOUNG_GENERATION, '--import', exitWithParent, '--enable-source-maps', appMain(app), ...options.processArgs],
    env: { ...env, TESSERA_CLUSTER__PORT: String(port) },
    port,
    isReady: () => isListening(port),
    ...facts,
  });
  // Each process has a Flight port of its own here; on machines of their own they would all take the same.
  const flightOf = (port) => ({ TESSERA_FLIGHT__PORT: String(port) });
  const locations = options.flightLocations ?? readerLocations(options, ports.readersFlight);
  return [
    ports.readers.map((port, index) => role(`reader-${index + 1}`, 'reader', port, { ...common, ...flightOf(ports.readersFlight[index]) })),
    [role('catalog', 'catalog', ports.catalog, withDatabase, { essential: true })],
    [role('search', 'search', ports.search, withDatabase)],
    [{ ...role('gateway', 'gateway', options.port, { ...common, ...flightOf(options.flightPort), ...(locations === undefined ? {} : { TESSERA_FLIGHT__LOCATIONS: String(locations) }), TESSERA_CLUSTER__PORT: '0' }, { essential: true }), isReady: () => answersHealthz(options) }],
  ];
}

/** Where Flight clients reach the readers; undefined if nobody can tell how this machine is called from outside. */
function readerLocations({ host, flightScheme }, ports) {
  if (host === '0.0.0.0' || host === '::') return undefined;
  return ports.map((port) => `${flightScheme}://${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
}

async function answersHealthz({ host, port }) {
  const reachable = host === '0.0.0.0' || host === '::' ? LOOPBACK : host;
  try {
    const response = await fetch(`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return response.status === 200;
  } catch {
    return false;
  }
}

import { randomBytes } from 'node:crypto';
import type { FlightPorts } from '@tessera/flight';
import { withNodeCache, type CachedCatalog } from '@tessera/http';
import type { Engines } from '@tessera/plugins';
import { build, type Built } from './build.ts';
import { checkPaths } from './check-paths.ts';
import { Closers } from './closers.ts';
import type { Config } from './config.ts';
import { loadEngines } from './engines.ts';
import { openFrontDoors, type FrontDoors } from './front-doors.ts';
import { openFlight, servesFlight } from './open-flight.ts';
import { openLogger, type Logger } from './logger.ts';
import { isCalled } from './place.ts';
import { StaleReports } from './report-stale.ts';
import { serveContent } from './serve-content.ts';
import { openStorage } from './storage.ts';
import { untilStopped } from './until-stopped.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

/** How long caches of the gateway live if no event tells of a change. */
const nodeCache = { ttlMs: 1000, maxEntries: 50_000 };

/** Runs the roles of the configuration until the process is told to stop; then lets go of everything. Plug-ins lie beside `configFile`. */
export async function start(config: Config, configFile?: string): Promise<void> {
  keepYoungGenerationSmall();
  const logger = openLogger(config);
  const closers = new Closers((name, error) => logger.error({ err: error }, `closing ${name} failed`));
  const stopping = new AbortController();
  const stopped = untilStopped(stopping);
  try {
    await open(config, await loadEngines(config, configFile, logger), logger, closers, stopping.signal);
    await stopped;
  } finally {
    stopping.abort();
    await closers.closeAll();
  }
}

async function open(config: Config, engines: Engines, logger: Logger, closers: Closers, signal: AbortSignal): Promise<void> {
  await checkPaths(config.serve.paths);
  const apiKey = config.access.apiKey ?? randomBytes(16).toString('hex');
  const storage = await openStorage(config, closers);
  const built = await build({ config, engines, storage, apiKey, logger, closers });
  const doors = config.roles.includes('gateway') ? await openGateway(built, engines, config, logger, closers) : undefined;
  if (servesFlight(config)) {
    const flight = await openFlight(doors?.flight ?? { reader: built.ports.reader! }, config, logger);
    if (flight) closers.add('Arrow Flight', () => flight.close());
  }
  if (doors) announce(doors.url, config, apiKey);
  if (isCalled(config.roles)) await openToOthers(built, config, logger, closers);
  built.startEvents();
  if (config.roles.includes('catalog')) await serveContent(built.ports, { storage, engines }, config, logger, closers, signal);
}

/** The front doors, and the ports as Flight is to see them: with the same caches. */
interface Gateway extends FrontDoors {
  readonly flight: FlightPorts;
}

async function openGateway({ ports, events, readiness }: Built, { mediaTypes, pluginsVersion }: Engines, config: Config, logger: Logger, closers: Closers): Promise<Gateway> {
  const stale = new StaleReports({ catalog: ports.catalog!, reader: ports.reader!, ingest: ports.ingest!, onRefreshed: () => catalog.invalidate([]), logger });
  const catalog: CachedCatalog = withNodeCache(stale.watchCatalog(ports.catalog!), nodeCache);
  const watch = await events!.watch((event) => catalog.invalidate(event.nodeIds), () => catalog.invalidate([]));
  closers.add('watch for changes', () => watch.close());
  const reader = stale.watchReader(ports.reader!);
  const front = { catalog, search: ports.search!, identity: ports.identity! };
  const doors = await openFrontDoors({ ...front, reader }, { readiness, mediaTypes, pluginsVersion }, config, logger);
  closers.add('front doors', () => doors.close());
  return { ...doors, flight: { reader, front: { ...front, ingest: ports.ingest! } } };
}

/** Listens for the other processes of the cluster. */
async function openToOthers({ ports }: Built, config: Config, logger: Logger, closers: Closers): Promise<void> {
  const { openClusterServer } = await import('@tessera/cluster');
  const { host, port, secret } = config.cluster;
  const provided = providedPorts(ports, config);
  const server = await openClusterServer({ ports: provided, host, port, secret: secret ?? '', onError: (error, method) => logger.error({ err: error, method }, 'a call failed') });
  closers.add('cluster server', () => server.close());
  logger.info({ port: server.port }, 'listening for the cluster');
}

function providedPorts(ports: Built['ports'], { roles: running }: Config): Built['ports'] {
  const { catalog, identity, search, reader, indexer, ingest } = ports;
  return {
    ...(running.includes('catalog') && catalog && identity && ingest && { catalog, identity, ingest }),
    ...(running.includes('search') && search && { search }),
    ...(running.includes('reader') && reader && indexer && { reader, indexer }),
  };
}

/** The line that a person copies into a browser. */
function announce(url: string, config: Config, apiKey: string): void {
  process.stdout.write(`Tessera serves ${config.access.public ? url : `${url}?api_key=${apiKey}`}\n`);
}

// Arrow Flight: with the whole service in a gateway, with tickets alone in a reader.
import { randomBytes } from 'node:crypto';
import { isTesseraError, TesseraError } from '@tessera/domain';
import type { EndpointLocations, FlightPorts, FlightServer, FlightTls } from '@tessera/flight';
import { configSchema, type Config } from './config.ts';
import type { Logger } from './logger.ts';
import { readPem } from './read-pem.ts';
import { isProvided, roles } from './roles.ts';

/** Endpoints name no more readers than this: the preferred one, and who stands in for it. */
const maxLocations = 3;

/** Whether a process with these roles speaks Arrow Flight. */
export function servesFlight(config: Config): boolean {
  return config.roles.some((role) => (roles[role].serves as readonly string[]).includes('flight'));
}

/** Listens for Flight clients. Undefined if another program has the port that nobody chose. */
export async function openFlight(ports: FlightPorts, config: Config, logger: Logger): Promise<FlightServer | undefined> {
  const { flightMethods, openFlightServer } = await import('@tessera/flight');
  const secret = config.cluster.secret ?? randomBytes(32).toString('hex');
  const methods = flightMethods({ ports, secret, locations: await locationsOf(config) });
  const tls = tlsOf(config);
  const { host = config.http.host, port } = config.flight;
  const onError = (error: unknown, method: string) => logger.error({ err: error, method }, 'a Flight call failed');
  try {
    return await openFlightServer({ methods, host, port, onError, ...(tls ? { tls } : {}) });
  } catch (error) {
    if (!isTesseraError(error, 'unavailable') || port !== configSchema.parse({}).flight.port) throw error;
    logger.warn({ err: error }, `Arrow Flight is not served: port ${port} is taken. Choose another by --flight-port.`);
    return undefined;
  }
}

/** Where endpoints are read: readers by the hash that also the gateway chooses them by, each endpoint by the next of them. */
async function locationsOf(config: Config): Promise<EndpointLocations> {
  const { locations } = config.flight;
  if (locations.length === 0) return () => [];
  if (isProvided('reader', config.roles)) return () => locations.slice(0, maxLocations);
  const { rankMembers } = await import('@tessera/cluster');
  const { addresses } = config.reader;
  const isPaired = addresses.length === locations.length;
  const members = locations.map((uri, i) => ({ uri, address: isPaired ? addresses[i]! : uri }));
  return (manifestId, ordinal) => {
    const ranked = rankMembers(manifestId, members).map(({ uri }) => uri);
    const first = ordinal % ranked.length;
    return [...ranked.slice(first), ...ranked.slice(0, first)].slice(0, maxLocations);
  };
}

/** @throws TesseraError invalid_argument if there is a certificate without its key, or a file that cannot be read. */
function tlsOf({ flight: { tls: { cert, key, clientCa } } }: Config): FlightTls | undefined {
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new TesseraError('invalid_argument', 'TLS of Arrow Flight needs both flight.tls.cert and flight.tls.key.');
  return { cert: readPem(cert, 'flight.tls.cert'), key: readPem(key, 'flight.tls.key'), ...(clientCa === undefined ? {} : { clientCa: readPem(clientCa, 'flight.tls.clientCa') }) };
}

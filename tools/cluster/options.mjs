// What `tessera cluster` takes for itself, and what it hands to every process unchanged.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const own = {
  readers: { type: 'string', default: '1' },
  'status-file': { type: 'string' },
  state: { type: 'string' },
  temp: { type: 'boolean', default: false },
  port: { type: 'string' },
  'flight-port': { type: 'string' },
  host: { type: 'string' },
  'api-key': { type: 'string' },
};
const passedOn = {
  empty: { type: 'boolean' },
  public: { type: 'boolean' },
  read: { type: 'string', multiple: true },
  config: { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};

/** Reads the command line. @throws Error that says what is wrong with it. */
export function parseClusterOptions(args, environment = process.env) {
  const { values, positionals } = parseArgs({ args, options: { ...own, ...passedOn }, allowPositionals: true });
  const readers = Number(values.readers);
  if (!Number.isInteger(readers) || readers < 1 || readers > 64) throw new Error(`--readers ${values.readers}: give a number from 1 to 64.`);
  const file = values.config === undefined ? {} : parse(readFileSync(values.config, 'utf8')) ?? {};
  const port = Number(values.port ?? environment.TESSERA_HTTP__PORT ?? file.http?.port ?? 8000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port}: give a port number, or 0 for a free one.`);
  const flightPort = Number(values['flight-port'] ?? environment.TESSERA_FLIGHT__PORT ?? file.flight?.port ?? 8815);
  if (!Number.isInteger(flightPort) || flightPort < 0 || flightPort > 65_535) throw new Error(`--flight-port ${values['flight-port']}: give a port number, or 0 for a free one.`);
  const absent = positionals.find((path) => !isRemote(path) && !existsSync(path));
  if (absent !== undefined) throw new Error(`${absent}: there is no such file or folder.`);
  return {
    readers,
    port,
    flightPort,
    flightScheme: environment.TESSERA_FLIGHT__TLS__CERT ?? environment.TESSERA_FLIGHT__TLS__CERT_FILE ?? file.flight?.tls?.cert ? 'grpc+tls' : 'grpc',
    flightLocations: environment.TESSERA_FLIGHT__LOCATIONS ?? file.flight?.locations,
    host: values.host ?? environment.TESSERA_HTTP__HOST ?? file.http?.host ?? '127.0.0.1',
    help: values.help ?? false,
    isPublic: values.public ?? false,
    apiKey: values['api-key'] ?? environment.TESSERA_API_KEY ?? file.access?.apiKey ?? randomBytes(16).toString('hex'),
    secret: environment.TESSERA_CLUSTER__SECRET ?? file.cluster?.secret ?? randomBytes(32).toString('hex'),
    statusFile: values['status-file'] && resolve(values['status-file']),
    temporary: values.temp,
    stateFolder: resolve(values.state ?? environment.TESSERA_STATE ?? defaultStateFolder(positionals, values.empty, environment)),
    processArgs: [...passedFlags(values), ...positionals.map(absolute)],
  };
}

function passedFlags(values) {
  return Object.entries(passedOn).flatMap(([name, { type }]) => {
    const given = [values[name] ?? []].flat();
    return type === 'boolean' ? given.filter(Boolean).map(() => `--${name}`) : given.flatMap((value) => [`--${name}`, name === 'read' ? absolute(value) : value]);
  });
}

/** Addresses on other machines stand for themselves. */
function absolute(path) {
  return isRemote(path) ? path : resolve(path);
}

function isRemote(path) {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

/** One folder per set of paths. Root's home lets nobody else in, and PostgreSQL does not run as root. */
function defaultStateFolder(paths, empty, environment) {
  const base = process.getuid?.() === 0 ? '/var/lib' : environment.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  const hash = createHash('sha256').update(paths.map(absolute).join('\0')).digest('hex').slice(0, 12);
  return join(base, 'tessera', `cluster-${paths.length > 0 ? `files-${hash}` : empty ? 'empty' : 'demo'}`);
}

// Settings: defaults ← tessera.yaml ← TESSERA_SECTION__FIELD (…_FILE for secrets) ← flags. Read once, checked whole.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TesseraError } from '@tessera/domain';
import { parse } from 'yaml';
import { z } from 'zod';
import { roleNames, type Role } from './roles.ts';
import { canonicalPath } from './served-path.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.union([z.boolean(), z.stringbool()]);
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(',').map((item) => item.trim()).filter(Boolean))]);
const addresses = list.default([]).describe('Where the port is found, host:port, several separated by commas');

export const configSchema = z.strictObject({
  roles: list.pipe(z.array(z.enum(roleNames as [Role, ...Role[]])).min(1)).default(roleNames).describe('What this process does: any of gateway, catalog, search, reader; all of them if absent'),
  plugins: list.default([]).describe('Plug-ins: npm packages, or paths that begin with ./, ../ or /, in every process of a cluster the same'),
  http: z.strictObject({
    host: z.string().default('127.0.0.1').describe('Address to listen on'),
    port: port.default(8000).describe('Port to listen on; 0 takes a free one'),
    rootPath: z.string().regex(/^(\/.*[^/])?$/).default('').describe('Path under which a proxy serves this, without a trailing slash'),
    allowOrigins: list.default([]).describe('Origins whose pages may call the API; * for all, without cookies'),
    responseByteLimit: z.coerce.number().int().positive().default(300_000_000).describe('Most bytes of decoded data in one response'),
  }).prefault({}),
  flight: z.strictObject({
    host: z.string().optional().describe('Address on which Arrow Flight listens; absent = that of HTTP'),
    port: port.default(8815).describe('Port of Arrow Flight; 0 takes a free one'),
    locations: list.pipe(z.array(z.string().regex(/^grpc(\+tcp|\+tls)?:\/\/[^/\s]+$/, 'is grpc://host:port or grpc+tls://host:port'))).default([]).describe('Where clients reach the readers, grpc://host:port or grpc+tls://host:port, in the order of reader.addresses; none = the gateway passes everything on'),
    tls: z.strictObject({
      cert: z.string().optional().describe('Certificate of Arrow Flight, PEM or the path of a file; absent = no TLS'),
      key: z.string().optional().describe('Its key, PEM or the path of a file'),
      clientCa: z.string().optional().describe('Whose certificates clients must show, PEM or the path of a file; absent = none'),
    }).prefault({}),
  }).prefault({}),
  access: z.strictObject({
    apiKey: z.string().regex(/^[A-Za-z0-9_]+$/, 'may consist of letters, digits and underscores only').optional().describe('The single-user key'),
    public: flag.default(false).describe('Anonymous callers may read'),
  }).prefault({}),
  serve: z.strictObject({
    paths: list.default([]).describe('Files and folders to serve in place: local ones, s3://bucket/prefix, https://host/file'),
    empty: flag.default(false).describe('Serve neither demo nor files'),
    read: list.default([]).describe('Folders below which clients may register files; as serve.paths'),
  }).prefault({}),
  storage: z.strictObject({
    s3: z.strictObject({
      endpoint: z.url({ protocol: /^https?$/ }).optional().describe('URL of the S3 server; absent = Amazon S3 of the region'),
      region: z.string().regex(/^[\w-]+$/).default('us-east-1').describe('Region of the buckets'),
      pathStyle: flag.optional().describe('The bucket stands in the path; absent = in the path of any endpoint that is set'),
      anonymous: flag.default(false).describe('Requests are not signed: for public buckets'),
      accessKeyId: z.string().min(1).optional().describe('Who signs requests'),
      secretAccessKey: z.string().min(1).optional().describe('What they are signed with'),
      sessionToken: z.string().min(1).optional().describe('Of temporary credentials'),
    }).prefault({}),
    remote: z.strictObject({
      maxConnections: z.coerce.number().int().min(1).max(10_000).default(64).describe('Connections to one S3 or HTTP server at once'),
      timeoutMs: z.coerce.number().int().min(100).max(600_000).default(20_000).describe('Longest silence of an S3 or HTTP server'),
      attempts: z.coerce.number().int().min(1).max(20).default(5).describe('How often a request that fails for the moment is sent in all'),
      certificateAuthorities: z.string().optional().describe('Whose certificates of S3 and HTTP servers are accepted besides the well-known ones, PEM or the path of a file'),
    }).prefault({}),
  }).prefault({}),
  state: z.strictObject({
    directory: z.string().optional().describe('Where the embedded database and manifests live'),
    temporary: flag.default(false).describe('Keep nothing after the process ends'),
  }).prefault({}),
  database: z.strictObject({
    url: z.string().optional().describe('postgres://… ; absent = embedded database in the state folder'),
  }).prefault({}),
  nats: z.strictObject({
    url: z.string().optional().describe('nats://… ; needed when roles are spread over processes'),
  }).prefault({}),
  cluster: z.strictObject({
    host: z.string().default('127.0.0.1').describe('Address on which other processes call this one'),
    port: port.default(0).describe('Port on which other processes call this one'),
    secret: z.string().min(16).optional().describe('Known to all processes of one cluster; signs calls and tickets'),
  }).prefault({}),
  catalog: z.strictObject({ addresses }).prefault({}),
  identity: z.strictObject({ addresses }).prefault({}),
  search: z.strictObject({ addresses }).prefault({}),
  reader: z.strictObject({
    addresses,
    transport: z.enum(['frames', 'grpc']).default('frames').describe('What carries bytes from other processes: frames cost less, gRPC passes proxies that understand nothing else'),
  }).prefault({}),
  indexer: z.strictObject({ addresses }).prefault({}),
  ingest: z.strictObject({ addresses }).prefault({}),
  sql: z.strictObject({
    connections: z.record(z.string().regex(/^[\w-]+$/, 'a connection has a name of letters, digits, - and _'), z.string().regex(/^(?:postgres(?:ql)?:\/\/|sqlite:\/|duckdb:\/)/, 'must begin with postgres://, sqlite:/ or duckdb:/')).default({})
      .describe('Databases by name: postgres://user:password@host/database, sqlite:/path, duckdb:/path; TESSERA_SQL__CONNECTIONS__LAB is the one named lab'),
    tables: z.record(z.string().regex(/^[^/]+(?:\/[^/]+)*$/, 'a path has keys between slashes'), z.strictObject({
      connection: z.string(),
      table: z.string().min(1).optional(),
      query: z.string().min(1).optional(),
      orderBy: list.default([]),
    }).refine(({ table, query }) => (table === undefined) !== (query === undefined), 'either a table or a query')).default({})
      .describe('Tables and queries of those, by their path in the tree: {connection, table or query, orderBy}'),
  }).superRefine(({ connections, tables }, context) => {
    for (const [path, { connection }] of Object.entries(tables)) {
      if (!Object.hasOwn(connections, connection)) context.addIssue({ code: 'custom', path: ['tables', path, 'connection'], message: `there is no connection "${connection}" among sql.connections` });
    }
  }).prefault({}),
  log: z.strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn').describe('Least severe message that is written'),
  }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** A partial configuration as a file, the environment or flags give it. */
export type ConfigLayer = { [Section in keyof Config]?: unknown };

const secrets = new Set(['access.apiKey', 'cluster.secret', 'database.url', 'flight.tls.key', 'nats.url', 'storage.s3.accessKeyId', 'storage.s3.secretAccessKey', 'storage.s3.sessionToken']);
/** Names that people know; the rest is TESSERA_<SECTION>__<FIELD>. */
const shortNames: Readonly<Record<string, string>> = {
  TESSERA_API_KEY: 'access.apiKey',
  TESSERA_STATE: 'state.directory',
  TESSERA_ROLES: 'roles',
  TESSERA_PLUGINS: 'plugins',
};

/** Settings of this process. @throws TesseraError invalid_argument that lists every problem with its path. */
export function loadConfig(flags: ConfigLayer, file: string | undefined, environment: NodeJS.ProcessEnv = process.env): Config {
  const layers = [file === undefined ? {} : readConfigFile(file), environmentLayer(environment), flags];
  const parsed = configSchema.safeParse(withAwsVariables(layers.reduce(merge, {}), environment));
  if (parsed.success) return withUsualAddresses(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'configuration'}: ${issue.message}`);
  throw new TesseraError('invalid_argument', `The configuration is not valid:\n  ${problems.join('\n  ')}`, { problems });
}

/** Identity and ingest live with the catalog, the indexer with the readers, unless told otherwise. */
function withUsualAddresses(config: Config): Config {
  const or = (own: string[], usual: string[]) => ({ addresses: own.length > 0 ? own : usual });
  return {
    ...config,
    identity: or(config.identity.addresses, config.catalog.addresses),
    ingest: or(config.ingest.addresses, config.catalog.addresses),
    indexer: or(config.indexer.addresses, config.reader.addresses),
  };
}

/** What the variables of the AWS tools say of what is not set otherwise. Credentials belong together: all of them or none. */
function withAwsVariables(settings: ConfigLayer, environment: NodeJS.ProcessEnv): ConfigLayer {
  const value = (...names: string[]) => names.map((name) => environment[name]).find((text) => text !== undefined && text !== '');
  const { s3 = {} } = (settings.storage ?? {}) as { s3?: Record<string, unknown> };
  const ownsCredentials = isSection(s3) && ['accessKeyId', 'secretAccessKey', 'sessionToken'].some((name) => s3[name] !== undefined);
  const credentials = ownsCredentials ? {} : { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY'), sessionToken: value('AWS_SESSION_TOKEN') };
  const fallback = { endpoint: value('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'), region: value('AWS_REGION', 'AWS_DEFAULT_REGION'), ...credentials };
  return merge(merge({}, { storage: { s3: withoutAbsent(fallback) } }), settings);
}

function withoutAbsent(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function readConfigFile(file: string): ConfigLayer {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TesseraError('invalid_argument', `The configuration file ${file} cannot be read: ${(cause as Error).message}`, {}, { cause });
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new TesseraError('invalid_argument', `The configuration file ${file} is not a mapping of sections.`);
  }
  return content as ConfigLayer;
}

function environmentLayer(environment: NodeJS.ProcessEnv): ConfigLayer {
  let layer: ConfigLayer = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('TESSERA_') || value === undefined || value === '') continue;
    const fromFile = variable.endsWith('_FILE');
    const name = fromFile ? variable.slice(0, -'_FILE'.length) : variable;
    const path = shortNames[name] ?? fieldPath(name);
    if (path === undefined) continue;
    const content = fromFile ? readFileSync(value, 'utf8').trim() : value;
    layer = merge(layer, path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), content) as ConfigLayer);
  }
  return layer;
}

/** `TESSERA_HTTP__RESPONSE_BYTE_LIMIT` → `http.responseByteLimit`; undefined if it has no section. */
function fieldPath(variable: string): string | undefined {
  const names = variable.slice('TESSERA_'.length).toLowerCase().split('__');
  if (names.length < 2) return undefined;
  return names.map((name) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())).join('.');
}

function merge(below: ConfigLayer, above: ConfigLayer): ConfigLayer {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const old = merged[key];
    merged[key] = isSection(old) && isSection(value) ? merge(old as ConfigLayer, value as ConfigLayer) : value;
  }
  return merged as ConfigLayer;
}

const isSection = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The configuration for people to read: secrets masked. */
export function printableConfig(config: Config): Record<string, unknown> {
  const mask = (value: unknown, path: string): unknown => {
    if (isSection(value)) return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, mask(item, path ? `${path}.${key}` : key)]));
    return (secrets.has(path) || path.startsWith('sql.connections.')) && value !== undefined ? '********' : value;
  };
  return mask(config, '') as Record<string, unknown>;
}

/**
 * Where state is kept if nothing is said: a folder of its own for each set of served paths below the
 * user's data folder (XDG Base Directory Specification), so that two trees never mix.
 */
export function defaultStateDirectory(config: Config, environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(base, 'tessera', stateName(config));
}

function stateName({ serve }: Config): string {
  if (serve.paths.length > 0) return `files-${createHash('sha256').update(serve.paths.map(canonicalPath).join('\0')).digest('hex').slice(0, 12)}`;
  return serve.empty ? 'empty' : 'demo';
}

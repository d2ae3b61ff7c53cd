// Constructs each port once: an object of this process, or a client of another.
import { join } from 'node:path';
import { CatalogService, InProcessBus, OutboxRelay } from '@tessera/catalog';
import { CodecPool } from '@tessera/codecs';
import { openDatabase, type Database } from '@tessera/database';
import { TesseraError, isTesseraError, servicePrincipal, type Catalog, type EventBus, type Identity, type Indexer, type Ingest, type Reader, type Search } from '@tessera/domain';
import type { DependencyState } from '@tessera/http';
import { IdentityService } from '@tessera/identity';
import { IndexerService, IngestService } from '@tessera/indexer';
import type { Engines } from '@tessera/plugins';
import { ReaderService } from '@tessera/reader';
import { SearchService } from '@tessera/search';
import type { Closers } from './closers.ts';
import type { CodecWorkerData } from './codec-worker.ts';
import type { Config } from './config.ts';
import { logFault } from './engines.ts';
import type { Logger } from './logger.ts';
import { place, placeEvents } from './place.ts';
import { isUsed, roles, type PortName, type Role } from './roles.ts';
import type { Storage } from './storage.ts';

/** Beside the program: `tools/build` makes both. */
const codecWorker = new URL('./codec-worker.js', import.meta.url);

/** Threads are started beforehand once the start is over: one takes a tenth of a second, for which a reader would wait. */
const warmAfterMs = 1_000;
/** Each takes 15 MB; more are started when there is work for them. */
const warmThreadCount = 2;

/** The ports that the roles of this process use; the others are absent. */
export interface BuiltPorts {
  readonly catalog?: Catalog;
  readonly identity?: Identity;
  readonly search?: Search;
  readonly reader?: Reader;
  readonly indexer?: Indexer;
  readonly ingest?: Ingest;
}

export interface Built {
  readonly ports: BuiltPorts;
  readonly events?: EventBus;
  /** Begins to carry events: called once everybody who wants them has subscribed. */
  startEvents(): void;
  /** State of each dependency, asked anew. */
  readiness(): Promise<Record<string, DependencyState>>;
}

export interface BuildContext {
  readonly config: Config;
  readonly engines: Engines;
  readonly storage: Storage;
  readonly apiKey: string;
  readonly logger: Logger;
  readonly closers: Closers;
}

type Check = () => Promise<DependencyState>;

/** Builds the ports that `config.roles` need, in the order in which they depend on one another. */
export async function build(context: BuildContext): Promise<Built> {
  const builder = new Builder(context);
  const running = context.config.roles;
  const wants = (port: PortName) => isUsed(port, running);
  const events = await builder.events();
  const identity = wants('identity') ? await builder.identity() : undefined;
  const catalog = wants('catalog') ? await builder.catalog(events) : undefined;
  const reader = wants('reader') ? await builder.reader() : undefined;
  const indexer = wants('indexer') ? await builder.indexer() : undefined;
  const ingest = wants('ingest') ? await builder.ingest(catalog!, indexer) : undefined;
  const search = wants('search') ? await builder.search(catalog!, events) : undefined;
  const ports = { ...(catalog && { catalog }), ...(identity && { identity }), ...(search && { search }), ...(reader && { reader }), ...(indexer && { indexer }), ...(ingest && { ingest }) };
  return { ports, ...(events && { events }), startEvents: () => builder.startEvents(), readiness: () => builder.readiness() };
}

class Builder {
  readonly #context: BuildContext;
  readonly #running: readonly Role[];
  readonly #checks = new Map<string, Check>();
  #database: Promise<Database> | undefined;
  #startRelay: (() => void) | undefined;

  constructor(context: BuildContext) {
    this.#context = context;
    this.#running = context.config.roles;
  }

  async events(): Promise<EventBus | undefined> {
    const { config, closers } = this.#context;
    if (!this.#running.some((role) => (roles[role].needs as readonly string[]).includes('events'))) return undefined;
    const placement = placeEvents(this.#running, config.nats.url);
    if (placement.at === 'local') {
      const bus = new InProcessBus();
      closers.add('events', () => bus.close());
      return bus;
    }
    const { NatsBus } = await this.#cluster();
    const bus = new NatsBus({ servers: placement.addresses, onError: (error) => this.#context.logger.warn({ err: error }, 'an event is tried again') });
    closers.add('events', () => bus.close());
    // What is read does not pass here: a gateway without events serves on, its caches only live out their second.
    this.#checks.set('events', async () => ({ ok: await bus.answers(1000), optional: true }));
    return bus;
  }

  async identity(): Promise<Identity> {
    const placement = this.#place('identity');
    if (placement.at === 'remote') {
      const { IdentityClient } = await this.#cluster();
      return new IdentityClient(await this.#channel('identity', placement.addresses[0]!));
    }
    const { config, apiKey } = this.#context;
    return new IdentityService({ singleUserApiKey: apiKey, isPublic: config.access.public });
  }

  async catalog(events: EventBus | undefined): Promise<Catalog> {
    const placement = this.#place('catalog');
    if (placement.at === 'remote') {
      const { CatalogClient } = await this.#cluster();
      return new CatalogClient(await this.#channel('catalog', placement.addresses[0]!));
    }
    const { logger, closers } = this.#context;
    const database = await this.#openDatabase();
    const relay = new OutboxRelay(database, events!, (error) => logger.warn({ err: error }, 'events wait in the outbox'));
    const catalog = await CatalogService.open(database, () => relay.wake());
    this.#startRelay = () => relay.start();
    closers.add('outbox relay', () => relay.close());
    this.#checks.set('database', () => answers(() => catalog.resolve(servicePrincipal('readiness'), [])));
    return catalog;
  }

  async reader(): Promise<Reader> {
    const placement = this.#place('reader');
    if (placement.at === 'remote') {
      const { ReaderPool } = await this.#cluster();
      return new ReaderPool(await this.#readers('reader', placement.addresses), this.#context.config.reader.transport);
    }
    const { config, engines, logger, storage: { store, manifests } } = this.#context;
    const pool = new CodecPool(codecWorker, {
      workerData: { plugins: engines.codecPlugins } satisfies CodecWorkerData,
      onFault: ({ plugin, activity, error }) => logFault(logger, plugin, activity, error),
    });
    this.#context.closers.add('codec threads', () => pool.close());
    setTimeout(() => pool.warm(warmThreadCount), warmAfterMs).unref();
    return new ReaderService(store, manifests, { responseByteLimit: config.http.responseByteLimit }, { ...engines, pool });
  }

  async indexer(): Promise<Indexer> {
    const placement = this.#place('indexer');
    if (placement.at === 'remote') {
      const { IndexerPool } = await this.#cluster();
      return new IndexerPool(await this.#readers('indexer', placement.addresses));
    }
    const { engines, storage: { indexStore, manifests } } = this.#context;
    return new IndexerService(indexStore, manifests, engines.formats, engines.codecs);
  }

  async ingest(catalog: Catalog, indexer: Indexer | undefined): Promise<Ingest> {
    const placement = this.#place('ingest');
    if (placement.at === 'remote') {
      const { IngestClient } = await this.#cluster();
      return new IngestClient(await this.#channel('ingest', placement.addresses[0]!, true));
    }
    const ingest = new IngestService(catalog, indexer!, this.#context.storage.store, this.#context.engines.formats);
    this.#context.closers.add('ingest', () => ingest.close());
    return ingest;
  }

  async search(catalog: Catalog, events: EventBus | undefined): Promise<Search> {
    const placement = this.#place('search');
    if (placement.at === 'remote') {
      const { SearchClient } = await this.#cluster();
      return new SearchClient(await this.#channel('search', placement.addresses[0]!, true));
    }
    const { logger, closers } = this.#context;
    const search = await SearchService.open(await this.#openDatabase(), catalog, { onFailure: (error) => logger.warn({ err: error }, 'the search index lags') });
    await search.start(events!);
    closers.add('search', () => search.close());
    this.#checks.set('search', () => answers(() => search.status(), (status) => `${status.documents} documents`));
    return search;
  }

  startEvents(): void {
    this.#startRelay?.();
  }

  async readiness(): Promise<Record<string, DependencyState>> {
    const states = await Promise.all([...this.#checks].map(async ([name, check]) => [name, await check()] as const));
    return Object.fromEntries(states);
  }

  #place(port: PortName) {
    const { catalog, identity, search, reader, indexer, ingest } = this.#context.config;
    return place(port, this.#running, {
      catalog: catalog.addresses, identity: identity.addresses, search: search.addresses, reader: reader.addresses, indexer: indexer.addresses, ingest: ingest.addresses,
    });
  }

  /** gRPC and NATS are loaded only by a process that has to do with others. */
  #cluster() {
    return import('@tessera/cluster');
  }

  #secret(): string {
    const { secret } = this.#context.config.cluster;
    if (secret === undefined) throw new TesseraError('invalid_argument', 'Processes of a cluster need a common secret: set TESSERA_CLUSTER__SECRET, at least 16 characters.');
    return secret;
  }

  async #channel(port: 'catalog' | 'identity' | 'search' | 'ingest', address: string, optional = false) {
    const { openChannel, isServing } = await this.#cluster();
    const channel = openChannel({ address, secret: this.#secret() });
    this.#context.closers.add(`channel to ${port}`, () => channel.close());
    this.#checks.set(port, async () => ({ ok: await isServing(channel, port, 1000), ...(optional && { optional }) }));
    return channel;
  }

  async #readers(port: 'reader' | 'indexer', addresses: readonly string[]) {
    const { ReaderGroup, isServing } = await this.#cluster();
    const group = new ReaderGroup({ addresses, secret: this.#secret() });
    this.#context.closers.add(`channels to ${port}`, () => group.close());
    this.#checks.set(port, async () => {
      const members = await group.members();
      const serving = (await Promise.all(members.map((member) => isServing(member.channel, port, 1000)))).filter(Boolean).length;
      return { ok: serving > 0, detail: `${serving} of ${members.length} answer` };
    });
    return group;
  }

  #openDatabase(): Promise<Database> {
    const { config, storage, closers } = this.#context;
    this.#database ??= openDatabase(config.database.url ? { url: config.database.url } : { dataDirectory: join(storage.stateDirectory, 'database') }).then((database) => {
      closers.add('database', () => database.close());
      return database;
    });
    return this.#database;
  }
}

async function answers<Result>(ask: () => Promise<Result>, describe: (result: Result) => string | undefined = () => undefined): Promise<DependencyState> {
  try {
    const detail = describe(await ask());
    return { ok: true, ...(detail !== undefined && { detail }) };
  } catch (error) {
    return { ok: false, detail: isTesseraError(error) ? error.code : 'It does not answer.' };
  }
}

// `tessera cluster`: PostgreSQL, NATS and one process per role on loopback, started in order and stopped in reverse.
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say, withProgress } from '../launch/progress.mjs';
import { ensureNatsServer } from '../setup/nats-server.mjs';
import { ensurePostgresql } from '../setup/postgresql.mjs';
import { listenForControl } from './control.mjs';
import { freePorts } from './loopback.mjs';
import { natsService } from './nats.mjs';
import { parseClusterOptions } from './options.mjs';
import { postgresService } from './postgres.mjs';
import { roleServices } from './roles.mjs';
import { ServiceProcess } from './service-process.mjs';
import { writeStatusFile } from './status-file.mjs';

/** Signals that follow within this time are the same Ctrl-C on its several ways; a later one means "at once". */
const SAME_SIGNAL_MS = 2_000;
const usage = `tessera cluster [PATH...] [options of "tessera serve"] [--readers N]

  --readers N         how many reader processes (1)
  --status-file FILE  where to write process ids, ports and the URL as JSON
`;

async function run(options) {
  const tools = await findTools();
  const runFolder = await mkdtemp(join(tmpdir(), 'tessera-cluster-'));
  // The user that runs PostgreSQL passes through here.
  await chmod(runFolder, 0o711);
  const stateFolder = options.temporary ? join(runFolder, 'state') : options.stateFolder;
  const cluster = new Cluster(options, join(runFolder, 'control.sock'));
  try {
    return await cluster.run(await planServices(options, tools, stateFolder));
  } finally {
    await rm(runFolder, { recursive: true, force: true });
  }
}

async function findTools() {
  const [nats, postgresql] = [await ensureNatsServer(), await ensurePostgresql()];
  for (const [name, { unavailable }] of [['nats-server', nats], ['PostgreSQL', postgresql]]) {
    if (unavailable) throw new Error(`a cluster needs ${name}: ${unavailable}`);
  }
  return { ...nats, ...postgresql };
}

/** Groups of service specs, in the order of starting. */
async function planServices(options, { natsServer, binFolder }, stateFolder) {
  const filesFolder = join(stateFolder, 'files');
  await mkdir(filesFolder, { recursive: true });
  const [postgresPort, natsPort, catalog, search, ...forReaders] = await freePorts(4 + 2 * options.readers);
  const [readers, readersFlight] = [forReaders.slice(0, options.readers), forReaders.slice(options.readers)];
  const durable = !options.temporary;
  const database = await postgresService({ binFolder, folder: join(stateFolder, 'postgres'), port: postgresPort, durable });
  const nats = await natsService({ natsServer, folder: join(stateFolder, 'nats'), port: natsPort });
  const roles = roleServices({ options, databaseUrl: database.url, natsUrl: nats.url, stateFolder: filesFolder, ports: { catalog, search, readers, readersFlight } });
  return [[database.spec, nats.spec], ...roles];
}

class Cluster {
  #services = [];
  #finish;

  constructor(options, controlSocket) {
    this.options = options;
    this.controlSocket = controlSocket;
    this.url = `http://${options.host}:${options.port}${options.isPublic ? '' : `?api_key=${options.apiKey}`}`;
  }

  /** Runs until a signal or the death of an essential service. Resolves to the exit code. */
  async run(groups) {
    const finished = new Promise((resolve) => (this.#finish = resolve));
    const removeListeners = this.#listenForSignals();
    const facts = { onLine: printLine, onDeath: (service, how) => this.#onDeath(service, how) };
    let control;
    let code;
    try {
      code = await Promise.race([finished, this.#startAll(groups, facts)]);
      if (code === undefined) {
        control = await listenForControl(this.controlSocket, this.#services, () => this.#writeStatus());
        await this.#writeStatus();
        process.stdout.write(`Tessera serves ${this.url}\n`);
        code = await finished;
      }
    } catch (error) {
      say(`cluster: ${error.message}`);
      code = 1;
    }
    control?.close();
    const clean = await this.#stopAll();
    removeListeners();
    return code === 0 && !clean ? 1 : code;
  }

  async #startAll(groups, facts) {
    await withProgress(`Starting ${groups.flat().map((spec) => spec.name).join(', ')}`, async () => {
      for (const group of groups) {
        if (this.stopping) return;
        const services = group.map((spec) => new ServiceProcess(spec, facts));
        this.#services.push(...services);
        await Promise.all(services.map((service) => service.start()));
      }
    });
  }

  /** In reverse order, so that nobody loses what it depends on while it drains. Resolves to whether all ended well. */
  async #stopAll() {
    this.stopping = true;
    let clean = true;
    for (const service of this.#services.toReversed()) {
      const how = await service.stop();
      if (how === 'exit code 0') continue;
      say(`cluster: ${service.name} did not end well: ${how}`);
      clean = false;
    }
    return clean;
  }

  #onDeath(service, how) {
    if (this.stopping) return;
    void this.#writeStatus();
    if (service.spec.essential) {
      say(`cluster: ${service.name} died (${how}). Nothing works without it: the cluster stops.`);
      this.#finish(1);
    } else {
      say(`cluster: ${service.name} died (${how}). The rest goes on.`);
    }
  }

  #listenForSignals() {
    let firstAt;
    const onSignal = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > SAME_SIGNAL_MS) for (const service of this.#services) void service.kill();
      this.#finish(0);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
    return () => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.off(signal, onSignal));
  }

  async #writeStatus() {
    const { statusFile, apiKey } = this.options;
    if (statusFile === undefined) return;
    await writeStatusFile(statusFile, { url: this.url.split('?')[0], apiKey, controlSocket: this.controlSocket, services: this.#services });
  }
}

function printLine(name, line) {
  process.stderr.write(`[${name}] ${line}\n`);
}

try {
  const options = parseClusterOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else process.exitCode = await run(options.port === 0 ? { ...options, port: (await freePorts(1))[0] } : options);
} catch (error) {
  say(`cluster: ${error.message}`);
  process.exitCode = 1;
}

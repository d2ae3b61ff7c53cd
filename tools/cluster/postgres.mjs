// PostgreSQL on loopback, with a database of its own in a folder. It refuses to run as root: then another user runs it.
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { dyingWithParent } from './dying-with-parent.mjs';
import { LOOPBACK } from './loopback.mjs';

const USER = 'tessera';
/** Who runs the server when we are root, in order of preference. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Makes a database cluster in `folder` if there is none yet, and returns the service and the URL of its database.
 * `durable: false` trades safety after a crash for speed. @throws Error that says why it cannot be made.
 */
export async function postgresService({ binFolder, folder, port, durable = true }) {
  const owner = await serverOwner();
  const password = await prepareFolder(binFolder, folder, owner);
  const url = `postgres://${USER}:${password}@${LOOPBACK}:${port}/postgres`;
  const settings = [`listen_addresses=${LOOPBACK}`, `port=${port}`, 'unix_socket_directories=', 'max_connections=100', ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'])];
  const spec = await dyingWithParent('SIGINT', {
    name: 'postgres',
    command: join(binFolder, 'postgres'),
    args: ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
    env: process.env,
    uid: owner.uid,
    gid: owner.gid,
    cwd: folder,
    port,
    essential: true,
    chatter: / LOG: /,
    // A fast shutdown: sessions are ended, transactions rolled back.
    stopSignal: 'SIGINT',
    isReady: () => answers(url),
  });
  return { spec, url };
}

/** Resolves to the password of the database's owner. */
async function prepareFolder(binFolder, folder, owner) {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  if (await stat(join(data, 'PG_VERSION')).catch(() => undefined)) return (await readFile(passwordFile, 'utf8')).trim();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(data, { recursive: true, force: true });
  const password = randomBytes(16).toString('hex');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  for (const path of owner.uid === undefined ? [] : [folder, passwordFile]) await chown(path, owner.uid, owner.gid);
  const args = ['-D', data, '-U', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--no-locale', '--no-sync'];
  const { code, output } = await runCommand(join(binFolder, 'initdb'), args, { uid: owner.uid, gid: owner.gid, cwd: folder });
  if (code === 0) return password;
  await rm(data, { recursive: true, force: true });
  throw new Error(`PostgreSQL cannot make a database in ${folder} (as ${owner.name ?? 'you'}; every folder above must let that user in):\n${lastLines(output, 8)}`);
}

/** `{}` if we are not root; else the user that runs the server. */
async function serverOwner() {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of UNPRIVILEGED) {
    const found = users.find(([user]) => user === name);
    if (found) return { name, uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${UNPRIVILEGED.join(' or ')} to run it.`);
}

async function answers(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

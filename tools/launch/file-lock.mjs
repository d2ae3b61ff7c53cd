// A lock between processes: whoever makes the file holds it; a holder that died is noticed by its process id.
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './progress.mjs';

const POLL_MS = 200;
/** A lock file without a readable process id is one whose holder was interrupted while writing it. */
const UNREADABLE_AFTER_MS = 10_000;

/** Runs `work` while no other process holds the lock at `path`. */
export async function withFileLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path) {
  for (let told = false; ; ) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (await isAbandoned(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) say(`Waiting for another run to finish (${path}) …`);
    told = true;
    await delay(POLL_MS);
  }
}

async function isAbandoned(path) {
  try {
    const holder = Number((await readFile(path, 'utf8')).trim());
    if (Number.isInteger(holder) && holder > 0) return !isAlive(holder);
    return Date.now() - (await stat(path)).mtimeMs > UNREADABLE_AFTER_MS;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

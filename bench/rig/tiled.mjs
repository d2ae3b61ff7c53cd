// The Tiled server (pip), over arrays in memory (what it takes to serve, without any file to read) or over a folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProcess, untilAnswers } from './processes.mjs';

/** Over a folder of files, which it registers in a catalog first. Resolves when it knows the node at `path`. */
export async function startTiledOver(python, files, path) {
  const port = await freePort();
  const server = startProcess(python, ['-m', 'tiled', 'serve', 'directory', files, '--public', '--host', '127.0.0.1', '--port', String(port)]);
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/api/v1/metadata/${path}`, server);
  return { ...server, origin };
}

/** @param program Python that leaves a dictionary `arrays` of NumPy arrays by name. */
export async function startTiled(python, folder, program) {
  const port = await freePort();
  const home = join(folder, 'tiled');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'served.py'), `${program}
from tiled.adapters.array import ArrayAdapter
from tiled.adapters.mapping import MapAdapter
tree = MapAdapter({name: ArrayAdapter.from_array(values) for name, values in arrays.items()})
`);
  const server = startProcess(python, ['-m', 'tiled', 'serve', 'pyobject', '--public', '--host', '127.0.0.1', '--port', String(port), 'served:tree'], {
    cwd: home, env: { ...process.env, PYTHONPATH: home },
  });
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/api/v1/`, server);
  return { ...server, origin };
}

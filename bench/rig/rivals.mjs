// A Python with the rivals and the clients that measure: one of its own, so that tests do not depend on it.
import { ensurePython } from '../../tools/setup/python.mjs';
import { runCommand } from '../../tools/launch/run-command.mjs';

/** Resolves to the interpreter's path. @throws Error if the packages cannot be installed. */
export async function ensureRivals() {
  const { python, unavailable } = await ensurePython('bench/requirements.txt');
  if (!python) throw new Error(`This needs Python with the packages of bench/requirements.txt: ${unavailable}`);
  return python;
}

/** Runs a program. Resolves to what it printed last, read as JSON. @throws Error with its output if it fails. */
export async function runPython(python, program, args, environment = {}) {
  const { code, output } = await runCommand(python, ['-W', 'ignore', '-c', program, ...args.map(String)], { env: { ...process.env, ...environment } });
  if (code !== 0) throw new Error(`A Python program failed:\n${output}`);
  return JSON.parse(output.trim().split('\n').at(-1));
}

// Runs a command to its end, keeping what it printed.
import { spawn } from 'node:child_process';

/** Output kept for messages; the end matters most. */
const KEPT_CHARACTERS = 200_000;

/**
 * Resolves to `{ code, output }` when the command has ended; `code` is 127 if it cannot be started.
 * `onOutput` sees each piece of output as it comes. The command gets no input.
 */
export function runCommand(command, args, { onOutput, ...options } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const keep = (piece) => {
      output = (output + piece).slice(-KEPT_CHARACTERS);
      onOutput?.(piece);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}ended by ${signal}\n` : output }));
  });
}

/** The last lines of some output, indented, for an error message. */
export function lastLines(output, count = 40) {
  return output.trimEnd().split('\n').slice(-count).map((line) => `    ${line}`).join('\n');
}

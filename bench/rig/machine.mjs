import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** One line about what a measurement was run on. */
export function machine() {
  const [cpu] = cpus();
  const model = cpu?.model && cpu.model !== 'unknown' ? cpu.model : process.arch;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}, commit ${commit}`;
}

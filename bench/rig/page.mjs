// The page of results that a measurement leaves behind.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'results');

/** Writes `results/NAME.md`, and shows it. */
export function writePage(name, lines) {
  const page = lines.join('\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), page);
  console.log(page);
}

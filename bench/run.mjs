// Runs the measurements, all or those named: `npm run bench -- chunk-read`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const suffix = '.bench.mjs';
const all = readdirSync(import.meta.dirname).filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : all;
for (const name of wanted) {
  if (!all.includes(name)) throw new Error(`There is no measurement "${name}"; there are: ${all.join(', ')}`);
  console.log(`# ${name}`);
  await import(pathToFileURL(join(import.meta.dirname, name + suffix)).href);
}

import { parseArgs } from 'node:util';
import { TesseraError } from '@tessera/domain';
import type { ConfigLayer } from './config.ts';

export const usage = `tessera serve [PATH...] [options]   serve files and folders in place; the demo tree if there is no PATH
tessera cluster [PATH...] [options] [--readers N]   the same from separate processes, with PostgreSQL and NATS
tessera config check|print [options]   check the settings, or show them with secrets masked
tessera config schema|reference   what can be set, as JSON Schema or as a table

The content of one PATH is the root of the tree; several are its children. A PATH is a file or folder of this machine,
s3://bucket/key, or the http(s) address of a file or of a zarr folder.

  --empty             no demo, no files: an empty catalog
  --port N --host H   where to listen (8000 on 127.0.0.1)
  --flight-port N     port of Arrow Flight (8815)
  --read DIR          clients with the right scope may register files below it (repeatable)
  --public            anonymous callers may read
  --api-key KEY       the single-user key (or TESSERA_API_KEY); made up and printed if absent
  --state DIR         where the embedded database and manifests live (a folder per user and set of paths)
  --temp              keep nothing afterwards
  --config FILE       settings from a tessera.yaml
  --roles LIST        which of gateway,catalog,search,reader this process takes on
  --log-level L       debug, info, warn, error or silent

Every setting can be given as TESSERA_<SECTION>__<FIELD>, secrets also as …_FILE.
`;

const options = {
  empty: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  'flight-port': { type: 'string' },
  read: { type: 'string', multiple: true },
  public: { type: 'boolean' },
  'api-key': { type: 'string' },
  state: { type: 'string' },
  temp: { type: 'boolean' },
  config: { type: 'string' },
  roles: { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface CommandLine {
  readonly words: readonly string[];
  readonly help: boolean;
  readonly configFile?: string;
  readonly layer: ConfigLayer;
}

/** Reads the words and flags after the program's name. @throws TesseraError invalid_argument for a flag it does not know. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new TesseraError('invalid_argument', `${(cause as Error).message}\nTry: tessera --help`, {}, { cause });
  }
  const { values, positionals } = parsed;
  return {
    words: positionals,
    help: values.help ?? false,
    ...(values.config === undefined ? {} : { configFile: values.config }),
    layer: {
      roles: values.roles,
      http: { port: values.port, host: values.host },
      flight: { port: values['flight-port'] },
      access: { apiKey: values['api-key'], public: values.public },
      serve: { empty: values.empty, read: values.read },
      state: { directory: values.state, temporary: values.temp },
      log: { level: values['log-level'] },
    },
  };
}

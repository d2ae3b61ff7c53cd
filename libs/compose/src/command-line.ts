import { TesseraError, isTesseraError } from '@tessera/domain';
import { loadConfig, printableConfig, type Config, type ConfigLayer } from './config.ts';
import { configJsonSchema, configReference } from './config-reference.ts';
import { loadEngines } from './engines.ts';
import { parseCommandLine, usage, type CommandLine } from './flags.ts';
import type { Role } from './roles.ts';
import { start } from './start.ts';

/** The `tessera` command: `serve`, `config check`, `config print`. Ends the process with its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  await reportProblems(async () => {
    const line = parseCommandLine(args);
    const [command = 'serve', ...rest] = line.words;
    if (line.help || command === 'help') process.stdout.write(usage);
    else if (command === 'serve') await start(configOf(line, { serve: { paths: rest.length > 0 ? rest : undefined } }), line.configFile);
    else if (command === 'config' && rest.length === 1) process.stdout.write(await configText(line, rest[0]!));
    else fail(`There is no command "${line.words.join(' ')}".\n\n${usage}`);
  });
}

/** A process of fixed roles: the mains of the single services. Paths may follow, for the roles that see files. */
export async function runRoles(roles: readonly Role[], args: readonly string[]): Promise<void> {
  await reportProblems(async () => {
    const line = parseCommandLine(args);
    if (line.help) process.stdout.write(usage);
    else await start(configOf(line, { roles: [...roles], serve: { paths: line.words.length > 0 ? line.words : undefined } }), line.configFile);
  });
}

function configOf(line: CommandLine, above: ConfigLayer): Config {
  const serve = { ...(line.layer.serve as object), ...(above.serve as object | undefined) };
  return loadConfig({ ...line.layer, ...above, serve }, line.configFile);
}

async function configText(line: CommandLine, action: string): Promise<string> {
  switch (action) {
    case 'check':
      await loadEngines(configOf(line, {}), line.configFile);
      return 'The configuration is valid.\n';
    case 'print':
      return `${JSON.stringify(printableConfig(configOf(line, {})), null, 2)}\n`;
    case 'schema':
      return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
    case 'reference':
      return configReference();
    default:
      throw new TesseraError('invalid_argument', `There is no "config ${action}": it is check, print, schema or reference.`);
  }
}

async function reportProblems(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    // A problem the user can mend is a sentence; anything else keeps its stack.
    fail(isTesseraError(error) && error.code !== 'internal' ? error.message : ((error as Error).stack ?? String(error)));
  }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

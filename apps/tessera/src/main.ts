import { runCommandLine } from '@tessera/compose';

await runCommandLine(process.argv.slice(2));

import { runRoles } from '@tessera/compose';

await runRoles(['reader'], process.argv.slice(2));

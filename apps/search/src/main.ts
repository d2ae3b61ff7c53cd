import { runRoles } from '@tessera/compose';

await runRoles(['search'], process.argv.slice(2));

import { runRoles } from '@tessera/compose';

await runRoles(['catalog'], process.argv.slice(2));

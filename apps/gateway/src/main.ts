import { runRoles } from '@tessera/compose';

await runRoles(['gateway'], process.argv.slice(2));

export { runCommandLine, runRoles } from './command-line.ts';
export { configSchema, loadConfig, printableConfig, type Config } from './config.ts';
export { place } from './place.ts';
export { roles, type Role } from './roles.ts';
export { start } from './start.ts';

import type { Config } from './config.ts';
export async function start(_config: Config): Promise<void> {}

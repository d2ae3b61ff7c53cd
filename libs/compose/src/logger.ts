import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

/** Structured log on standard error; standard output is for what a person asked for. */
export function openLogger(config: Config): Logger {
  return pino(
    { level: config.log.level, base: { roles: config.roles.join(',') }, redact: ['apiKey', 'secret', 'authorization', 'url', '*.apiKey', '*.secret', '*.authorization'] },
    pino.destination({ dest: 2, sync: true }),
  );
}

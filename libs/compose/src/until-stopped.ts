/**
 * Resolves at SIGTERM or Ctrl-C, and aborts `stopping`. A Ctrl-C may arrive on several ways at once; one that
 * comes after two seconds means "at once".
 */
export function untilStopped(stopping: AbortController): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const stop = (signal: NodeJS.Signals) => {
      firstAtMs ??= Date.now();
      if (Date.now() - firstAtMs > 2000) process.exit(signal === 'SIGINT' ? 130 : 143);
      stopping.abort();
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

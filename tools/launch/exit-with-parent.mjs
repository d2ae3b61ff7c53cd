// Preloaded with --import: ends this process as SIGTERM would when the one that started it is gone.
const parent = process.ppid;
const CHECK_EVERY_MS = 1_000;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, CHECK_EVERY_MS).unref();

// What the scripts say while they work: one line to stderr when a slow step starts, one when it ends.
const REMIND_AFTER_MS = 20_000;

/** One line to stderr; stdout is left to what the command itself prints. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs a slow step: says what it is, reminds that it still runs, and says how long it took. */
export async function withProgress(title, step) {
  say(`${title} …`);
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const reminder = setInterval(() => say(`  still at it (${seconds()} s): ${title}`), REMIND_AFTER_MS);
  try {
    const result = await step();
    say(`  done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

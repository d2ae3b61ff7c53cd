// Sets up what the chosen stages need, runs them in order, and sums up.
import { say } from '../launch/progress.mjs';
import { tools as setUpSteps } from '../setup/set-up.mjs';
import { countLine, noResults, total } from './results.mjs';
import { stages } from './stages.mjs';

const isContinuousIntegration = /^(1|true)$/i.test(process.env.CI ?? '');

/** Runs stages by name. Prints a summary whose last line is the count; resolves to the exit code. */
export async function runStages({ chosen, verbose, filters, node }) {
  const tools = {};
  const results = [];
  for (const name of chosen) {
    const { title, needs, run } = stages[name];
    results.push(await setUpFor(needs, tools));
    say(`▸ ${title} …`);
    const startedAt = Date.now();
    const result = await run({ node, tools, verbose, filters }).catch((error) => ({ ...noResults(), failures: [{ name, detail: error.message }] }));
    results.push(result);
    say(`  ${title}: ${countLine(result)} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
    report(result);
  }
  return sumUp(total(results));
}

/** A tool that cannot be had is a failure where nothing may be skipped. */
async function setUpFor(needs, tools) {
  const result = noResults();
  for (const name of needs.filter((need) => !(need in tools))) {
    tools[name] = await setUpSteps[name]();
    if (!tools[name].unavailable) continue;
    say(`  ${name} is not to be had here: ${tools[name].unavailable}`);
    if (isContinuousIntegration) result.failures.push({ name: `set-up: ${name}`, detail: tools[name].unavailable });
  }
  return result;
}

function report({ failures, skips }) {
  for (const { name, detail } of failures) say(`  ✗ ${name}\n${String(detail).trimEnd().replaceAll(/^/gm, '      ')}`);
  for (const { name, reason } of skips) say(`  – skipped: ${name} (${reason})`);
}

function sumUp(sum) {
  const lines = [
    ...sum.failures.map(({ name }) => `✗ ${name}`),
    ...sum.skips.map(({ name, reason }) => `– skipped: ${name} (${reason})`),
    countLine(sum),
  ];
  console.log(lines.join('\n'));
  const nothingRan = sum.passed + sum.failures.length === 0;
  return sum.failures.length > 0 || nothingRan || (isContinuousIntegration && sum.skips.length > 0) ? 1 : 0;
}

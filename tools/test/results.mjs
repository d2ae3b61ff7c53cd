// What a stage found: counts, and the names of what failed or was skipped.

/** An empty result to add to. */
export function noResults() {
  return { passed: 0, failures: [], skips: [] };
}

/** One test that passed or failed as a whole, such as lint. */
export function single(name, problem) {
  return problem === undefined ? { ...noResults(), passed: 1 } : { ...noResults(), failures: [{ name, detail: problem }] };
}

/** The sum of several results. */
export function total(results) {
  return {
    passed: results.reduce((sum, result) => sum + result.passed, 0),
    failures: results.flatMap((result) => result.failures),
    skips: results.flatMap((result) => result.skips),
  };
}

/** `12 passed, 0 failed`, with the skipped only if there are some. */
export function countLine({ passed, failures, skips }) {
  return `${passed} passed, ${failures.length} failed${skips.length > 0 ? `, ${skips.length} skipped` : ''}`;
}

/** Jest's `--json` report. A file that cannot be run counts as one failure. */
export function fromJest(report) {
  const result = noResults();
  for (const file of report.testResults) {
    const name = (test) => `${relativeName(file.name)}: ${test.fullName}`;
    if (file.assertionResults.length === 0 && file.status === 'failed') result.failures.push({ name: relativeName(file.name), detail: file.message });
    for (const test of file.assertionResults) {
      if (test.status === 'passed') result.passed += 1;
      else if (test.status === 'failed') result.failures.push({ name: name(test), detail: test.failureMessages.join('\n') });
      else result.skips.push({ name: name(test), reason: `marked ${test.status}` });
    }
  }
  return result;
}

/** The report that e2e/conftest.py writes: a list of `{ name, outcome, detail }`. */
export function fromPytest(tests, stage) {
  const result = noResults();
  for (const { name, outcome, detail } of tests) {
    if (outcome === 'passed') result.passed += 1;
    else if (outcome === 'failed') result.failures.push({ name: `${stage}: ${name}`, detail });
    else result.skips.push({ name: `${stage}: ${name}`, reason: detail });
  }
  return result;
}

function relativeName(path) {
  return path.startsWith(`${process.cwd()}/`) ? path.slice(process.cwd().length + 1) : path;
}

// What a person at the terminal is told while folders are walked.

import type { IngestProgress, IngestReport } from '@tessera/indexer';

const everyMs = 1000;
const maxShownProblems = 20;
const maxShownLength = 300;

/** Writes a line at most once a second. */
export function progressReporter(write: (line: string) => void, nowMs: () => number = Date.now): (progress: IngestProgress) => void {
  let saidAtMs = nowMs();
  return ({ seen, registered }) => {
    if (nowMs() - saidAtMs < everyMs) return;
    saidAtMs = nowMs();
    write(`Indexing: ${seen} files seen, ${registered} indexed`);
  };
}

/** The lines that end a walk: how many, and what could not be read and why. */
export function describeReport(report: IngestReport): string[] {
  const parts = [
    `${report.registered} indexed`,
    ...(report.unchanged > 0 ? [`${report.unchanged} unchanged`] : []),
    ...(report.removed > 0 ? [`${report.removed} removed`] : []),
    ...(report.skipped > 0 ? [`${report.skipped} of no known type left out`] : []),
    ...(report.problems.length > 0 ? [`${report.problems.length} with problems`] : []),
  ];
  return [`Indexing complete: ${parts.join(', ')}.`, ...listed(report.problems), ...listed(report.notes)];
}

function listed(items: IngestReport['problems']): string[] {
  const shown = items.slice(0, maxShownProblems).map(({ name, reason }) => `  ${printable(name)}: ${printable(reason)}`);
  const more = items.length - shown.length;
  return [...shown, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

/** One line of bounded length: names of files may hold line ends, and sequences that command a terminal. */
function printable(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`);
  return line.length > maxShownLength ? `${line.slice(0, maxShownLength - 1)}…` : line;
}

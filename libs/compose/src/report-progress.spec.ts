import { describeReport, progressReporter } from './report-progress.ts';

describe('progress of a walk', () => {
  it('is said at most once a second', () => {
    let nowMs = 0;
    const lines: string[] = [];
    const report = progressReporter((line) => lines.push(line), () => nowMs);
    for (nowMs = 0; nowMs <= 2500; nowMs += 100) report({ seen: nowMs, registered: 1 });
    expect(lines).toEqual(['Indexing: 1000 files seen, 1 indexed', 'Indexing: 2000 files seen, 1 indexed']);
  });

  it('ends with counts and reasons, not with a flood', () => {
    const problems = Array.from({ length: 22 }, (_, index) => ({ name: `bad${index}.h5`, reason: 'It is cut short.' }));
    const lines = describeReport({ registered: 3, unchanged: 2, removed: 0, skipped: 1, problems, notes: [{ name: 'a1.npy … a9.npy', reason: 'The number 5 is missing.' }] });
    expect(lines[0]).toBe('Indexing complete: 3 indexed, 2 unchanged, 1 of no known type left out, 22 with problems.');
    expect(lines[1]).toBe('  bad0.h5: It is cut short.');
    expect(lines.slice(-2)).toEqual(['  … and 2 more', '  a1.npy … a9.npy: The number 5 is missing.']);
  });

  it('shows each problem in one line, whatever files are called', () => {
    const problems = [{ name: 'a\nb\x1b[2J\u202e.h5', reason: 'x'.repeat(1000) }];
    const [, line] = describeReport({ registered: 1, unchanged: 0, removed: 0, skipped: 0, problems, notes: [] });
    expect(line).toMatch(/^ {2}a\\u000ab\\u001b\[2J\\u202e\.h5: x{299}…$/);
  });
});

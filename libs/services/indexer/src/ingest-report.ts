/** Counts of a walk, as it goes. */
export interface IngestProgress {
  /** Files, and folders that are one node, met so far. */
  readonly seen: number;
  readonly registered: number;
}

/** Something that could not be served, or is to be told of, named as a user would: relative to what was asked for. */
export interface IngestProblem {
  readonly name: string;
  readonly reason: string;
}

export interface IngestReport {
  /** Files registered, those with problems included. */
  readonly registered: number;
  /** Files registered before and not touched since. */
  readonly unchanged: number;
  /** Files of no known type. */
  readonly skipped: number;
  /** Nodes removed because their files are no longer there. */
  readonly removed: number;
  readonly problems: readonly IngestProblem[];
  /** What is served, and yet worth a look: numbers that are missing in a sequence of files. */
  readonly notes: readonly IngestProblem[];
}

export interface IngestOptions {
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly signal?: AbortSignal;
}

/** A report in the making. Problems beyond a bound are counted into the last one. */
export class IngestTally {
  registered = 0;
  unchanged = 0;
  skipped = 0;
  removed = 0;
  readonly #problems: IngestProblem[] = [];
  readonly #onProgress: ((progress: IngestProgress) => void) | undefined;
  #moreProblems = 0;
  readonly #notes: IngestProblem[] = [];

  constructor(onProgress?: (progress: IngestProgress) => void) {
    this.#onProgress = onProgress;
  }

  problem(name: string, reason: string): void {
    if (this.#problems.length < maxProblems) this.#problems.push({ name, reason });
    else this.#moreProblems++;
  }

  note(name: string, reason: string): void {
    if (this.#notes.length < maxProblems) this.#notes.push({ name, reason });
  }

  progress(): void {
    this.#onProgress?.({ seen: this.registered + this.unchanged + this.skipped, registered: this.registered });
  }

  report(): IngestReport {
    const { registered, unchanged, skipped, removed } = this;
    const more = this.#moreProblems === 0 ? [] : [{ name: '…', reason: `${this.#moreProblems} more` }];
    return { registered, unchanged, skipped, removed, problems: [...this.#problems, ...more], notes: this.#notes };
  }
}

const maxProblems = 10_000;

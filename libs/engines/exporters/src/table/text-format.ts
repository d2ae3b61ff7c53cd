import type { DataType } from 'apache-arrow';
import type { TextSink } from './text-sink.ts';

/** What formats of text write in ways of their own. */
export interface TextFormat {
  /** JSON has `true` where Python's text has `True`, no numbers for what is not finite, and an ISO form of each time. */
  readonly isJson: boolean;
  /** Around dates and other text that needs no escapes. */
  readonly quote: '' | '"';
  /** Writes text, with all it needs around it and within. */
  writeText(sink: TextSink, utf8: Uint8Array, start: number, end: number): void;
  /** What stands for a value that is missing. ASCII. */
  missing(type: DataType): string;
}

/** Writes the value of a row of one column of one batch. */
export type CellWriter = (row: number) => void;

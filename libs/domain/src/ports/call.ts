/** What travels with every call, in a process or between two: last argument of every port method. */
export interface Call {
  /** Aborts when the caller goes away. */
  readonly signal?: AbortSignal;
  /** Time by which the answer is worthless, milliseconds since the epoch. */
  readonly deadlineMs?: number;
  /** W3C trace context `traceparent`, passed on unchanged. */
  readonly traceparent?: string;
}

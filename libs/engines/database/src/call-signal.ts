import { TesseraError, type Call } from '@tessera/domain';

/** One signal for both ways in which a call ends early; undefined if it has neither. */
export function callSignal(call: Call | undefined): AbortSignal | undefined {
  const { signal, deadlineMs } = call ?? {};
  if (deadlineMs === undefined) return signal;
  const deadline = AbortSignal.timeout(Math.max(0, Math.min(deadlineMs - Date.now(), 2 ** 31 - 1)));
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
}

/** What to tell a caller whose call has ended early. */
export function callEnded(call: Call | undefined): TesseraError {
  if (call?.signal?.aborted) return new TesseraError('cancelled', 'The caller went away.');
  return new TesseraError('deadline_exceeded', 'The time allowed for this request is over. Ask again, or for less.');
}

/** @throws TesseraError cancelled or deadline_exceeded if the call has ended already. */
export function checkCall(call: Call | undefined): void {
  if (call?.signal?.aborted || (call?.deadlineMs !== undefined && call.deadlineMs <= Date.now())) throw callEnded(call);
}

import { TesseraError, type Call } from '@tessera/domain';

/**
 * Runs `work` on each item, at most `limit` at a time, in their order of starting. The
 * first failure stops the start of others and is thrown when those under way have ended,
 * so that nothing writes any more after it.
 */
export async function forEachConcurrently<Item>(items: Iterable<Item>, limit: number, work: (item: Item) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, lane));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}

/** @throws TesseraError cancelled if the caller went away, deadline_exceeded if its time is over. */
export function checkCall(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
  if (call?.deadlineMs !== undefined && call.deadlineMs < Date.now()) {
    throw new TesseraError('deadline_exceeded', 'The read took longer than the time that was given for it. Ask for less.');
  }
}

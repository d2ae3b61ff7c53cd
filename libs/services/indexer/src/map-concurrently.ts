/** Results in the order of the items, with at most `limit` at work; the first failure ends it. */
export async function mapConcurrently<Item, Result>(items: AsyncIterable<Item> | Iterable<Item>, limit: number, work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const running = new Set<Promise<void>>();
  let count = 0;
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    const index = count++;
    const task: Promise<void> = work(item).then((result) => { results[index] = result; }, (error: unknown) => { failure ??= { error }; }).finally(() => running.delete(task));
    running.add(task);
    if (running.size >= limit) await Promise.race(running);
    if (failure) break;
  }
  await Promise.all(running);
  if (failure) throw failure.error;
  return results;
}

/** Results in the order of their items; `limit` of them are worked on at a time, and no more than that wait to be taken. */
export async function* inOrderAhead<Item, Result>(items: Iterable<Item>, limit: number, work: (item: Item) => Promise<Result>): AsyncGenerator<Result> {
  const iterator = items[Symbol.iterator]();
  const running: Promise<Result>[] = [];
  const start = () => {
    const next = iterator.next();
    if (next.done) return;
    const result = work(next.value);
    // A failure is told when its turn comes; until then it is not unheard of.
    result.catch(() => undefined);
    running.push(result);
  };
  try {
    for (let count = 0; count < limit; count++) start();
    for (let result = running.shift(); result; result = running.shift()) {
      const value = await result;
      yield value;
      start();
    }
  } finally {
    await Promise.allSettled(running);
  }
}

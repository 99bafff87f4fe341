/**
 * Runs `work` on each item with at most `limit` under way, taking items only as places get free, so that a stream of
 * any length stays a stream. The first error stops the taking; it is thrown once what was under way has ended.
 */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let underWay = 0;
  let failure: { error: unknown } | undefined;
  // One waiter at a time: a race of all that is under way would cost as much as the work, where that is small.
  let wake: (() => void) | undefined;
  const untilOneEnds = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const run = async (item: T): Promise<void> => {
    try {
      await work(item);
    } catch (error) {
      failure ??= { error };
    }
    underWay -= 1;
    wake?.();
  };
  for await (const item of items) {
    underWay += 1;
    void run(item);
    if (underWay >= limit) await untilOneEnds();
    if (hasFailed()) break;
  }
  while (underWay > 0) await untilOneEnds();
  if (failure !== undefined) throw failure.error;

  function hasFailed(): boolean {
    return failure !== undefined;
  }
}

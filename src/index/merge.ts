/** Merge-join of two streams that are sorted by key: what a snapshot holds beside what a bucket holds now. */
import { compareKeys } from '../key-order.ts';

export interface Keyed {
  key: string;
}

/** A key with what either side has for it: at least one of the two. */
export interface Pair<L, R> {
  key: string;
  left?: L;
  right?: R;
}

/**
 * The pairs of all keys of either side, in the order of the keys, in batches. One batch of each side is in memory.
 * When the caller stops early, both streams are ended.
 * @param left batches, sorted by key over all of them, no key twice; may be empty
 * @param right as `left`
 * @throws Error for a side whose keys are equal or out of order: a join would miss pairs
 */
export async function* mergeByKey<L extends Keyed, R extends Keyed>(
  left: AsyncIterable<readonly L[]>,
  right: AsyncIterable<readonly R[]>,
): AsyncGenerator<Pair<L, R>[]> {
  const lefts = new SortedStream(left, 'left');
  const rights = new SortedStream(right, 'right');
  try {
    await Promise.all([lefts.fill(), rights.fill()]);
    while (lefts.next !== undefined || rights.next !== undefined) {
      yield joinBuffered(lefts, rights);
      await Promise.all([lefts.fill(), rights.fill()]);
    }
  } finally {
    await Promise.all([lefts.end(), rights.end()]);
  }
}

/** Joins until one side has to be filled again: what comes after its last item is not known yet. */
function joinBuffered<L extends Keyed, R extends Keyed>(
  lefts: SortedStream<L>,
  rights: SortedStream<R>,
): Pair<L, R>[] {
  const pairs: Pair<L, R>[] = [];
  while (!lefts.isDrained && !rights.isDrained) {
    const leftKey = lefts.next?.key;
    const rightKey = rights.next?.key;
    const key = firstOf(leftKey, rightKey);
    if (key === undefined) break;
    pairs.push({
      key,
      ...(leftKey === key && { left: lefts.take() }),
      ...(rightKey === key && { right: rights.take() }),
    });
  }
  return pairs;
}

function firstOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) <= 0 ? a : b;
}

/** One side: its present batch and what is left of the stream. */
class SortedStream<T extends Keyed> {
  readonly #iterator: AsyncIterator<readonly T[]>;
  readonly #name: string;
  #batch: readonly T[] = [];
  #position = 0;
  #hasEnded = false;
  #lastKey: string | undefined;

  constructor(stream: AsyncIterable<readonly T[]>, name: string) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#name = name;
  }

  get next(): T | undefined {
    return this.#batch[this.#position];
  }

  /** True where the batch is used up and the stream may have more. */
  get isDrained(): boolean {
    return this.next === undefined && !this.#hasEnded;
  }

  /** Gets the next batch that is not empty, where the present one is used up. */
  async fill(): Promise<void> {
    while (this.isDrained) {
      const result = await this.#iterator.next();
      if (result.done === true) {
        this.#hasEnded = true;
        return;
      }
      this.#checkOrder(result.value);
      this.#batch = result.value;
      this.#position = 0;
    }
  }

  take(): T {
    const item = this.next;
    if (item === undefined) throw new Error(`The ${this.#name} side has nothing to take`);
    this.#position++;
    return item;
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#iterator.return?.();
  }

  #checkOrder(batch: readonly T[]): void {
    for (const { key } of batch) {
      if (this.#lastKey !== undefined && compareKeys(this.#lastKey, key) >= 0) {
        throw new Error(
          `The ${this.#name} side is not sorted: ${JSON.stringify(key)} after ${JSON.stringify(this.#lastKey)}`,
        );
      }
      this.#lastKey = key;
    }
  }
}

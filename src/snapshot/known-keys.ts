/** Where the keys of a bucket were when the previous snapshot was taken: the bounds of its ranges, and how many keys each holds. */
import { compareKeys } from '../key-order.ts';

interface KnownRange {
  lastKey: string;
  entries: number;
}

export class KnownKeys {
  readonly #bounds: readonly string[];
  /** Keys up to each bound. */
  readonly #counts: readonly number[];

  /** @param ranges in the order of their keys */
  constructor(ranges: readonly KnownRange[]) {
    let count = 0;
    this.#bounds = ranges.map(({ lastKey }) => lastKey);
    this.#counts = ranges.map(({ entries }) => (count += entries));
  }

  /** At most `parts - 1` bounds that cut the keys into parts of like size, none smaller than `leastKeys`. */
  cuts(parts: number, leastKeys: number): string[] {
    const total = this.#counts.at(-1) ?? 0;
    const size = Math.max(total / parts, leastKeys);
    const cuts: string[] = [];
    for (let next = size; next < total;) {
      const at = this.#firstWithCount(next);
      if (at >= this.#bounds.length - 1) break;
      cuts.push(this.#bounds[at]!);
      next = this.#counts[at]! + size;
    }
    return cuts;
  }

  /** The bound nearest to the middle of the keys in between; undefined where there is none. */
  between(after: string, upTo: string | undefined): string | undefined {
    const [from, to] = this.#inside(after, upTo);
    if (from >= to) return undefined;
    const middle = (this.#countBefore(from) + this.#counts[to - 1]!) / 2;
    const at = Math.min(this.#firstWithCount(middle), to - 1);
    return this.#bounds[at];
  }

  /** How many keys lie in between for sure: those of ranges that begin and end there. */
  countBetween(after: string, upTo: string | undefined): number {
    const [from, to] = this.#inside(after, upTo);
    return from >= to ? 0 : this.#counts[to - 1]! - this.#counts[from]!;
  }

  /** The indexes `[from, to)` of the bounds between two keys. */
  #inside(after: string, upTo: string | undefined): [from: number, to: number] {
    const from = firstIndex(this.#bounds.length, (index) => compareKeys(this.#bounds[index]!, after) > 0);
    if (upTo === undefined) return [from, this.#bounds.length];
    return [from, firstIndex(this.#bounds.length, (index) => compareKeys(this.#bounds[index]!, upTo) >= 0)];
  }

  #countBefore(index: number): number {
    return index === 0 ? 0 : this.#counts[index - 1]!;
  }

  #firstWithCount(count: number): number {
    return firstIndex(this.#counts.length, (index) => this.#counts[index]! >= count);
  }
}

/** The first index below `count` for which `holds`, which is false, then true; or `count`. */
function firstIndex(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

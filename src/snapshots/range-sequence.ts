import type { RangeRef } from '../index/range-ref.ts';
import { compareKeys } from '../key-order.ts';

/** The ranges of a snapshot, looked through forwards, beside those of another. */
export class RangeSequence {
  readonly #ranges: readonly RangeRef[];
  #first = 0;

  constructor({ ranges }: { ranges: readonly RangeRef[] }) {
    this.#ranges = ranges;
  }

  /**
   * Those that may hold keys from the first to the last of `span`.
   * @param span its first key not before that of the call before
   */
  beside({ firstKey, lastKey }: Pick<RangeRef, 'firstKey' | 'lastKey'>): RangeRef[] {
    const isBefore = (ref: RangeRef | undefined): boolean =>
      ref !== undefined && compareKeys(ref.lastKey, firstKey) < 0;
    while (isBefore(this.#ranges[this.#first])) this.#first += 1;
    let end = this.#first;
    const beginsWithin = (ref: RangeRef | undefined): boolean =>
      ref !== undefined && compareKeys(ref.firstKey, lastKey) <= 0;
    while (beginsWithin(this.#ranges[end])) end += 1;
    return this.#ranges.slice(this.#first, end);
  }
}

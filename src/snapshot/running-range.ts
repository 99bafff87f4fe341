/** A key range while it is being listed: how far it has come, and the upper bound, which is lowered when it is split. */
import { compareKeys } from '../key-order.ts';
import type { KeyRange } from './key-range.ts';

/** What a page of a listing says of it. */
export interface PageSummary {
  /** Entries of the page, delete markers and older versions included. */
  versions: number;
  /** Keys that began on the page. */
  keys: number;
  firstKey?: string | undefined;
  lastKey?: string | undefined;
  /** Some of its keys, the first one first. */
  sampleKeys: readonly string[];
}

export class RunningRange {
  readonly after: string | undefined;
  /** A key before this range that is known to exist: where the one that it was split from stood. */
  readonly neighbour: string | undefined;
  #upTo: string | undefined;
  #firstKey: string | undefined;
  #cursor: string | undefined;
  #keys = 0;
  #pages = 0;
  /** The other half of a split, until its first page has come. */
  #awaited: RunningRange | undefined;
  #uselessSplits = 0;
  #splitAgainAtPages = 0;

  constructor({ after, upTo }: KeyRange, neighbour?: string) {
    this.after = after;
    this.#upTo = upTo;
    this.neighbour = neighbour;
  }

  /** May be lowered at any time between two pages. */
  get upTo(): string | undefined {
    return this.#upTo;
  }

  get firstKey(): string | undefined {
    return this.#firstKey;
  }

  /** The last key seen. Further versions of it may follow. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  get keys(): number {
    return this.#keys;
  }

  get pages(): number {
    return this.#pages;
  }

  get uselessSplits(): number {
    return this.#uselessSplits;
  }

  /** False while nothing is known of it, while the other half of a split is unknown, and for a while after useless splits. */
  get maySplit(): boolean {
    return (
      this.#cursor !== undefined && this.#awaited === undefined && this.#pages >= this.#splitAgainAtPages
    );
  }

  includes(key: string): boolean {
    return this.#upTo === undefined || compareKeys(key, this.#upTo) <= 0;
  }

  /** Whether the key lies between what was listed and the bound, so that there are two halves and no key is torn apart. */
  canSplitAt(key: string): boolean {
    const isAfterCursor = this.#cursor === undefined || compareKeys(key, this.#cursor) > 0;
    return isAfterCursor && this.includes(key) && key !== this.#upTo;
  }

  advance({ keys, firstKey, lastKey }: PageSummary): void {
    this.#pages += 1;
    this.#keys += keys;
    this.#firstKey ??= firstKey;
    this.#cursor = lastKey ?? this.#cursor;
  }

  /** Gives `(key, upTo]` away. @param key one that it can be split at: else keys would be listed twice, or never */
  splitAt(key: string): RunningRange {
    if (!this.canSplitAt(key)) throw new Error(`A key range cannot be split at ${JSON.stringify(key)}.`);
    const other = new RunningRange({ after: key, upTo: this.#upTo }, this.#cursor);
    this.#upTo = key;
    this.#awaited = other;
    return other;
  }

  /**
   * Told when the first page of the other half has come. After a useless split this range first has to come twice as far
   * each time, so that guessing never costs more than a share of the pages.
   */
  otherHalfBegan(wasUseful: boolean): void {
    this.#awaited = undefined;
    this.#uselessSplits = wasUseful ? 0 : this.#uselessSplits + 1;
    this.#splitAgainAtPages = wasUseful ? 0 : this.#pages + patience(this.#uselessSplits);
  }
}

/** Some useless splits in a row are normal: each narrows the interval down. */
const freeSplits = 8;
const maxPatiencePages = 64;

function patience(uselessSplits: number): number {
  return Math.min(maxPatiencePages, 2 ** Math.max(0, uselessSplits - freeSplits) - 1);
}

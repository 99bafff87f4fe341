/**
 * Who lists which keys. Key ranges wait, are listed, and end; where a place is free and none waits, the upper half of the
 * one with the most left to list is split off. The first page of that half tells whether the guess was good: where it
 * is empty, the bound of the other half has been lowered for the price of a request, and the next guess is better.
 */
import { KnownKeys } from './known-keys.ts';
import { KeyModel, LAST_CHARACTER, endOfGroup, sharedCharacters } from './key-model.ts';
import type { KeyRange } from './key-range.ts';
import { RunningRange, type PageSummary } from './running-range.ts';

export interface PoolOptions {
  prefix: string;
  /** Key ranges listed at once at most. */
  concurrency: number;
  /** What the previous snapshot tells of where the keys are. */
  known?: KnownKeys;
  pageSize?: number;
}

/** Less is not worth a split, which costs about one request: a last page that is not full. */
const minPages = 4;
/** Nor is less than this share of what each has listed on average: at the end all finish within that. */
const minShare = 1 / 16;
const victimsTried = 4;

interface Outlook {
  upTo: string;
  /** Characters that the cursor and the bound begin with in common, and so all keys between. */
  shared: number;
  /** The bound is the end of all keys that share these. */
  isOpen: boolean;
  /** How many more characters the keys that are left may share. */
  hiddenLevels: number;
}

interface Estimate {
  pages: number;
  /** For which state of the range it was made. */
  atPages: number;
  upTo: string | undefined;
}

export class KeyRangePool {
  readonly #prefix: string;
  readonly #concurrency: number;
  readonly #known: KnownKeys;
  readonly #pageSize: number;
  readonly #model = new KeyModel();
  readonly #waiting: KeyRange[];
  readonly #running = new Map<RunningRange, Estimate | undefined>();
  /** By the half that was split off: the one that it was split from, while its first page is awaited. */
  readonly #victims = new Map<RunningRange, RunningRange>();
  #versions = 0;
  #keys = 0;
  #pages = 0;

  /** @param waiting what is to be listed, in the order in which to begin */
  constructor(waiting: readonly KeyRange[], options: PoolOptions) {
    this.#waiting = [...waiting];
    this.#prefix = options.prefix;
    this.#concurrency = options.concurrency;
    this.#known = options.known ?? new KnownKeys([]);
    this.#pageSize = options.pageSize ?? 1000;
  }

  /** The next key range to list; undefined where there is none, for now or for good. */
  take(): RunningRange | undefined {
    const waiting = this.#waiting.shift();
    const range = waiting === undefined ? this.#splitOff() : new RunningRange(waiting);
    if (range !== undefined) this.#running.set(range, undefined);
    return range;
  }

  /** To be told of every page, before the next one of that range is asked for. @param isLast the range ends with it */
  onPage(range: RunningRange, page: PageSummary, isLast: boolean): void {
    for (const [index, key] of page.sampleKeys.entries()) this.#model.learn(key, range.pages + index === 0);
    range.advance(page);
    this.#versions += page.versions;
    this.#keys += page.keys;
    this.#pages += 1;
    this.#victims.get(range)?.otherHalfBegan(page.versions > 0);
    this.#victims.delete(range);
    if (isLast) this.#running.delete(range);
  }

  #splitOff(): RunningRange | undefined {
    const least = Math.max(minPages, (this.#pages / this.#concurrency) * minShare);
    const victims = [...this.#running.keys()]
      .filter((range) => range.maySplit && this.#pagesLeft(range) >= least)
      .sort((a, b) => this.#pagesLeft(b) - this.#pagesLeft(a));
    for (const victim of victims.slice(0, victimsTried)) {
      const key = this.#splitKey(victim);
      if (key === undefined) continue;
      const other = victim.splitAt(key);
      this.#victims.set(other, victim);
      return other;
    }
    return undefined;
  }

  /** Undefined where nothing lies between. */
  #splitKey(range: RunningRange): string | undefined {
    const cursor = range.cursor!;
    if (!range.includes(cursor) || cursor === range.upTo) return undefined;
    const known = this.#known.between(cursor, range.upTo);
    if (known !== undefined) return known;
    const { upTo, shared, hiddenLevels, isOpen } = this.#outlook(range, cursor);
    const isGuessing = range.uselessSplits % 2 === 1;
    if (hiddenLevels > 0 && (isOpen || isGuessing)) {
      // Where the cursor's next character is the last one there is, the end of the group sorts before it.
      const end = endOfGroup(cursor, shared + Math.ceil(hiddenLevels / 2));
      if (range.canSplitAt(end)) return end;
    }
    const guess = this.#model.between(cursor, upTo);
    return guess !== undefined && range.canSplitAt(guess) ? guess : undefined;
  }

  /** An estimate; infinite where nobody knows. */
  #pagesLeft(range: RunningRange): number {
    const last = this.#running.get(range);
    if (last !== undefined && last.atPages === range.pages && last.upTo === range.upTo) return last.pages;
    const pages = (this.#keysLeft(range) * this.#versions) / this.#keys / this.#pageSize;
    this.#running.set(range, { pages, atPages: range.pages, upTo: range.upTo });
    return pages;
  }

  #keysLeft(range: RunningRange): number {
    const { cursor, firstKey } = range;
    if (cursor === undefined || firstKey === undefined || !range.includes(cursor)) return 0;
    const known = this.#known.countBetween(cursor, range.upTo);
    if (known > 0) return known;
    const { upTo, hiddenLevels, isOpen } = this.#outlook(range, cursor);
    if (hiddenLevels > 0 && isOpen) return Infinity;
    const share = this.#model.shareUpTo(firstKey, cursor, upTo);
    return share === 0 ? Infinity : (range.keys * (1 - share)) / share;
  }

  /**
   * Where a range's bound says no more than that all keys left share some characters, they may share more of them: at most
   * those that the cursor has in common with a key known to lie before it.
   */
  #outlook(range: RunningRange, cursor: string): Outlook {
    const upTo = range.upTo ?? this.#prefix + LAST_CHARACTER;
    const shared = sharedCharacters(cursor, upTo);
    const isOpen = upTo === endOfGroup(cursor, shared);
    const toNeighbour = range.neighbour === undefined ? -1 : sharedCharacters(range.neighbour, cursor);
    const known = toNeighbour >= shared ? toNeighbour : sharedCharacters(range.firstKey!, cursor);
    return { upTo, shared, isOpen, hiddenLevels: Math.max(0, known - shared) };
  }
}

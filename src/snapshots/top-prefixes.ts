/** The prefixes up to the next slash that hold the most bytes. Their number is bounded, not the bucket's. */
import type { Entry } from '../index/entry.ts';

export interface PrefixTotals {
  prefix: string;
  keys: number;
  bytes: number;
}

export const shownPrefixes = 50;

/** Takes entries by key: all of one prefix come one after the other, so each is summed up once and for all. */
export class TopPrefixes {
  readonly #within: string;
  readonly #direct: PrefixTotals;
  readonly #others = { count: 0, keys: 0, bytes: 0 };
  #largest: PrefixTotals[] = [];
  #current: PrefixTotals | undefined;

  /** @param within every key begins with it */
  constructor(within: string) {
    this.#within = within;
    this.#direct = { prefix: within, keys: 0, bytes: 0 };
  }

  add({ key, sizeBytes }: Pick<Entry, 'key' | 'sizeBytes'>): void {
    const totals = this.#totalsFor(key);
    totals.keys += 1;
    totals.bytes += sizeBytes;
  }

  #totalsFor(key: string): PrefixTotals {
    if (this.#current !== undefined && key.startsWith(this.#current.prefix)) return this.#current;
    const slash = key.indexOf('/', this.#within.length);
    if (slash < 0) return this.#direct;
    this.#close();
    // A copy: a slice would keep the text of its whole range in memory.
    const prefix = Buffer.from(key.slice(0, slash + 1)).toString();
    return (this.#current = { prefix, keys: 0, bytes: 0 });
  }

  #close(): void {
    if (this.#current !== undefined) this.#largest.push(this.#current);
    this.#current = undefined;
    if (this.#largest.length >= 2 * shownPrefixes) this.#prune();
  }

  #prune(): void {
    this.#largest.sort((a, b) => b.bytes - a.bytes || b.keys - a.keys);
    for (const { keys, bytes } of this.#largest.splice(shownPrefixes)) {
      this.#others.count += 1;
      this.#others.keys += keys;
      this.#others.bytes += bytes;
    }
  }

  /** The largest first. */
  finish(): { prefixes: PrefixTotals[]; otherPrefixes: { count: number; keys: number; bytes: number } } {
    this.#close();
    if (this.#direct.keys > 0) this.#largest.push(this.#direct);
    this.#prune();
    return { prefixes: this.#largest, otherPrefixes: this.#others };
  }
}

/**
 * Records by key, with the keys in byte order for listings. Additions and removals are collected and merged when
 * someone next asks for the order, so that filling a bucket with a million keys costs one sort.
 */
import { compareKeyBytes, firstIndexWhere } from './key-order.ts';

/** Up to this many changes are spliced in one by one, which is cheaper than a merge of the whole. */
const SPLICE_LIMIT = 16;

export class KeyTable<R> {
  readonly #records = new Map<string, R>();
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  #sorted: string[] = [];

  get size(): number {
    return this.#records.size;
  }

  get(key: string): R | undefined {
    return this.#records.get(key);
  }

  set(key: string, record: R): void {
    // It may be among the removed as well: a merge takes it out and puts it in again.
    if (!this.#records.has(key)) this.#added.add(key);
    this.#records.set(key, record);
  }

  delete(key: string): void {
    if (!this.#records.delete(key)) return;
    if (!this.#added.delete(key)) this.#removed.add(key);
  }

  /** All keys in the order of their UTF-8 bytes. The array is replaced or changed by the next change: do not keep it. */
  sortedKeys(): readonly string[] {
    const changes = this.#added.size + this.#removed.size;
    if (changes === 0) return this.#sorted;
    if (changes <= SPLICE_LIMIT) this.#splice();
    else this.#merge();
    this.#added.clear();
    this.#removed.clear();
    return this.#sorted;
  }

  #splice(): void {
    for (const key of this.#removed) this.#sorted.splice(this.#position(key), 1);
    for (const key of this.#added) this.#sorted.splice(this.#position(key), 0, key);
  }

  #position(key: string): number {
    const sorted = this.#sorted;
    return firstIndexWhere(sorted.length, (i) => compareKeyBytes(sorted[i] as string, key) >= 0);
  }

  #merge(): void {
    const added = [...this.#added].sort(compareKeyBytes);
    const kept =
      this.#removed.size === 0 ? this.#sorted : this.#sorted.filter((key) => !this.#removed.has(key));
    const merged: string[] = [];
    let next = 0;
    for (const key of kept) {
      while (next < added.length && compareKeyBytes(added[next] as string, key) < 0) {
        merged.push(added[next++] as string);
      }
      merged.push(key);
    }
    while (next < added.length) merged.push(added[next++] as string);
    this.#sorted = merged;
  }
}

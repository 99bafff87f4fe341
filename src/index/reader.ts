/** Reads the entries of a snapshot: all of them in order, or those of keys asked for in order. */
import { compareKeys } from '../key-order.ts';
import type { Entry } from './entry.ts';
import { mayHoldPrefix, readRange } from './range-entries.ts';
import type { RangeReader, RangeRef } from './range-ref.ts';

/** What of a manifest readers need. */
export interface RangeList {
  ranges: readonly RangeRef[];
}

export interface EntriesOptions {
  /** Only keys that begin with it. */
  prefix?: string;
}

/**
 * The entries of a snapshot in the order of their keys, a batch for each range. Ranges that cannot hold the prefix are not
 * opened; one range is in memory at a time.
 * @throws BackupError INDEX_DAMAGED naming the file
 */
export async function* entriesOf(
  manifest: RangeList,
  store: RangeReader,
  { prefix = '' }: EntriesOptions = {},
): AsyncGenerator<Entry[]> {
  for (const ref of manifest.ranges) {
    if (!mayHoldPrefix(ref, prefix)) continue;
    const entries = await readRange(store, ref);
    const wanted = prefix === '' ? entries : entries.filter((entry) => entry.key.startsWith(prefix));
    if (wanted.length > 0) yield wanted;
  }
}

/**
 * Looks keys up in a snapshot, forwards only. A range is opened only where its first and last key allow for the key;
 * one is in memory at a time.
 */
export class SnapshotCursor {
  readonly #ranges: readonly RangeRef[];
  readonly #store: RangeReader;
  #rangeIndex = 0;
  #entries: Entry[] | undefined;
  #position = 0;
  #lastKey = '';

  constructor(manifest: RangeList, store: RangeReader) {
    this.#ranges = manifest.ranges;
    this.#store = store;
  }

  /**
   * The entry of a key, or undefined where the snapshot has none.
   * @param key not before the key of the call before
   * @throws BackupError INDEX_DAMAGED naming the file; Error for a key that goes back
   */
  async seek(key: string): Promise<Entry | undefined> {
    if (compareKeys(key, this.#lastKey) < 0) {
      throw new Error(
        `A cursor only goes forwards: ${JSON.stringify(key)} after ${JSON.stringify(this.#lastKey)}`,
      );
    }
    this.#lastKey = key;
    const ref = this.#rangeUpTo(key);
    if (ref === undefined || compareKeys(key, ref.firstKey) < 0) return undefined;
    this.#entries ??= await readRange(this.#store, ref);
    return this.#entryAt(this.#entries, key);
  }

  /** The first range whose last key is not before `key`. */
  #rangeUpTo(key: string): RangeRef | undefined {
    let ref = this.#ranges[this.#rangeIndex];
    while (ref !== undefined && compareKeys(ref.lastKey, key) < 0) {
      ref = this.#ranges[++this.#rangeIndex];
      this.#entries = undefined;
      this.#position = 0;
    }
    return ref;
  }

  #entryAt(entries: Entry[], key: string): Entry | undefined {
    let entry = entries[this.#position];
    while (entry !== undefined && compareKeys(entry.key, key) < 0) entry = entries[++this.#position];
    return entry?.key === key ? entry : undefined;
  }
}

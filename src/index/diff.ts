/**
 * What changed between two snapshots, range by range. Ranges that both have are skipped unopened, wherever they stand; another
 * one is opened only when the other side has come to its first key. So the cost follows the change, not the bucket.
 */
import { compareKeys } from '../key-order.ts';
import type { Entry } from './entry.ts';
import { mayHoldPrefix, readRange } from './range-entries.ts';
import type { RangeReader, RangeRef } from './range-ref.ts';
import type { EntriesOptions, RangeList } from './reader.ts';
import { isSameVersion } from './version-identity.ts';

export type Change =
  | { change: 'added'; key: string; from?: undefined; to: Entry }
  | { change: 'removed'; key: string; from: Entry; to?: undefined }
  | { change: 'changed'; key: string; from: Entry; to: Entry };

/**
 * The changes that lead from snapshot `a` to snapshot `b`, in the order of their keys. A change of the storage class alone
 * is none: it makes no version (trap 14).
 * @throws BackupError INDEX_DAMAGED naming the file
 */
export async function* diffManifests(
  a: RangeList,
  b: RangeList,
  store: RangeReader,
  { prefix = '' }: EntriesOptions = {},
): AsyncGenerator<Change> {
  const left = new Side(a, store, prefix);
  const right = new Side(b, store, prefix);
  for (;;) {
    if (left.unopened !== undefined && left.unopened.hash === right.unopened?.hash) {
      left.skipRange();
      right.skipRange();
      continue;
    }
    const order = compareNext(left.nextKey, right.nextKey);
    if (order === undefined) return;
    if (order <= 0 && left.unopened !== undefined) await left.openRange();
    else if (order >= 0 && right.unopened !== undefined) await right.openRange();
    else if (order < 0) yield removed(left.take());
    else if (order > 0) yield added(right.take());
    else yield* changed(left.take(), right.take());
  }
}

function removed(from: Entry): Change {
  return { change: 'removed', key: from.key, from };
}

function added(to: Entry): Change {
  return { change: 'added', key: to.key, to };
}

function* changed(from: Entry, to: Entry): Generator<Change> {
  if (!isSameVersion(from, to)) yield { change: 'changed', key: to.key, from, to };
}

/** As `compareKeys`; an ended side sorts last, and undefined means that both have ended. */
function compareNext(left: string | undefined, right: string | undefined): number | undefined {
  if (left === undefined) return right === undefined ? undefined : 1;
  return right === undefined ? -1 : compareKeys(left, right);
}

/** Where the diff stands in one of the snapshots: before a range that is not opened yet, or before an entry of one that is. */
class Side {
  readonly #ranges: readonly RangeRef[];
  readonly #store: RangeReader;
  readonly #prefix: string;
  #rangeIndex = 0;
  #entries: Entry[] = [];
  #position = 0;

  constructor({ ranges }: RangeList, store: RangeReader, prefix: string) {
    this.#ranges = ranges.filter((ref) => mayHoldPrefix(ref, prefix));
    this.#store = store;
    this.#prefix = prefix;
  }

  /** The range that comes next, unless the side stands within one. */
  get unopened(): RangeRef | undefined {
    return this.#position < this.#entries.length ? undefined : this.#ranges[this.#rangeIndex];
  }

  /** The key that comes next; for an unopened range no key of it comes before this one. */
  get nextKey(): string | undefined {
    return this.#entries[this.#position]?.key ?? this.unopened?.firstKey;
  }

  skipRange(): void {
    this.#rangeIndex++;
  }

  async openRange(): Promise<void> {
    const ref = this.unopened;
    if (ref === undefined) throw new Error('There is no range to open');
    const entries = await readRange(this.#store, ref);
    this.#entries = entries.filter((entry) => entry.key.startsWith(this.#prefix));
    this.#position = 0;
    this.#rangeIndex++;
  }

  take(): Entry {
    const entry = this.#entries[this.#position++];
    if (entry === undefined) throw new Error('There is no entry to take');
    return entry;
  }
}

/**
 * Turns sorted entries into ranges. The stream is cut where its keys say so (cut.ts); what lies between two cuts becomes a
 * range. A key range that is listed on its own does not know what its neighbours hold, so the pieces before its first
 * and after its last cut stay fragments, which `joinFragments` splices: the ranges are the same whatever the split.
 */
import { textOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import { discardAfterFailure } from './atomic-file.ts';
import { DEFAULT_CUT_BITS, isCutAfter } from './cut.ts';
import type { Entry } from './entry.ts';
import { FragmentWriter, discardFragment, newLineBuffer } from './fragment.ts';
import type { Fragment, HeldFragment } from './fragment.ts';
import { LastKey } from './last-key.ts';
import type { LineBuffer } from './line-buffer.ts';
import type { RangeRef } from './range-ref.ts';
import type { RangeStore } from './range-store.ts';
import { tabulate } from './tabulate.ts';

export interface WrittenRanges {
  /** In the order of their keys. */
  ranges: RangeRef[];
  /** How many of them were not in the store before. */
  newRanges: number;
}

/** What one key range has become. All three are in the order of their keys; a key range without entries has none. */
export interface KeyRangePart extends WrittenRanges {
  /** The entries up to and with the first cut. Where there is no cut there is no head. */
  head?: Fragment;
  /** The entries after the last cut, if any. */
  tail?: Fragment;
}

export interface RangeWriterOptions {
  /** See `isCutAfter`; default 14. All ranges of a snapshot are written with the same. */
  cutBits?: number;
  /** The key range begins where a range begins, so that what comes before its first cut is one. */
  beginsAtCut?: boolean;
}

/** Writes the entries of one key range. */
export class KeyRangeWriter {
  readonly #store: RangeStore;
  readonly #cutBits: number;
  readonly #ranges: RangeRef[] = [];
  #newRanges = 0;
  /** Where the next cut ends a range, not a head. */
  #isInRange: boolean;
  #head: Fragment | undefined;
  #open: FragmentWriter | undefined;
  #lines: LineBuffer | undefined;
  readonly #lastKey = new LastKey();
  /** Stays true after a failure: going on would leave entries out. */
  #isBusy = false;

  constructor(
    store: RangeStore,
    { cutBits = DEFAULT_CUT_BITS, beginsAtCut = false }: RangeWriterOptions = {},
  ) {
    this.#store = store;
    this.#cutBits = cutBits;
    this.#isInRange = beginsAtCut;
  }

  /**
   * Appends entries; wait for it before the next call. After a failure only `discard` is left.
   * @param table not to be changed until then
   * @param rows which of its rows, sorted by key, all after those of earlier calls
   * @throws BackupError LISTING_INVALID for keys that are equal or out of order, and for entries that have no line;
   * SNAPSHOTS_DIR where the disk fails
   */
  async write(table: EntryTable, rows: readonly number[]): Promise<void> {
    this.#enter();
    for (const row of rows) {
      this.#checkOrder(table, row);
      this.#open ??= await this.#openFragment();
      this.#open.add(table, row);
      if (isCutAfter(table, row, this.#cutBits)) await this.#cut(this.#open);
      else if (this.#open.isFull) await this.#open.flush();
    }
    this.#isBusy = false;
  }

  /** Ends the key range. The fragments are the caller's then: to join, or to discard. */
  async finish(): Promise<KeyRangePart> {
    this.#enter();
    const tail = await this.#open?.close(this.#lastKey.text);
    return {
      ...(this.#head && { head: this.#head }),
      ranges: this.#ranges,
      newRanges: this.#newRanges,
      ...(tail && { tail }),
    };
  }

  /** Gives up: removes what is unfinished. Ranges that were written stay; gc finds them. */
  async discard(): Promise<void> {
    this.#isBusy = true;
    await this.#open?.discard();
    if (this.#head) await discardFragment(this.#head);
  }

  async #openFragment(): Promise<FragmentWriter> {
    this.#lines ??= newLineBuffer();
    return new FragmentWriter(await this.#store.fragmentFolder(), this.#store.frames, this.#lines);
  }

  async #cut(open: FragmentWriter): Promise<void> {
    if (!this.#isInRange) {
      this.#head = await open.close(this.#lastKey.text);
      this.#open = undefined;
      this.#isInRange = true;
      return;
    }
    const fragment = await open.hold(this.#lastKey.text);
    this.#open = undefined;
    const isNew = await this.#store.add(fragment);
    this.#ranges.push(refOf(fragment));
    if (isNew) this.#newRanges++;
  }

  #enter(): void {
    if (this.#isBusy) throw new Error('This writer of ranges is busy, finished or has failed');
    this.#isBusy = true;
  }

  #checkOrder(table: EntryTable, row: number): void {
    if (this.#lastKey.advance(table, row)) return;
    const key = textOf(table, row, 'key');
    throw new BackupError(
      'LISTING_INVALID',
      `Key ${JSON.stringify(key)} was listed after ${JSON.stringify(this.#lastKey.text)}, which does not sort before it`,
      {
        hint: 'The server does not list keys in the order of their UTF-8 bytes. Run again; if it stays, report it.',
      },
    );
  }
}

/** Writes all entries of a bucket or prefix, from the first to the last. */
export class RangeWriter {
  readonly #store: RangeStore;
  readonly #whole: KeyRangeWriter;

  constructor(store: RangeStore, options: RangeWriterOptions = {}) {
    this.#store = store;
    this.#whole = new KeyRangeWriter(store, options);
  }

  /** As `KeyRangeWriter.write`. */
  async write(entries: readonly Entry[]): Promise<void> {
    await this.#whole.write(tabulate(entries), [...entries.keys()]);
  }

  /** Writes the rest as the last range. No entries, no ranges. */
  async finish(): Promise<WrittenRanges> {
    return joinFragments(this.#store, [await this.#whole.finish()]);
  }

  /** As `KeyRangeWriter.discard`. */
  async discard(): Promise<void> {
    await this.#whole.discard();
  }
}

/**
 * Splices neighbours: a tail, the cutless fragments after it, and the next head are one range. Uses up
 * the fragments of the parts that it has taken, also where it fails.
 * @param parts of all key ranges, in the order of their keys, the empty ones too or not
 * @throws BackupError SNAPSHOTS_DIR
 */
export async function joinFragments(
  store: RangeStore,
  parts: Iterable<KeyRangePart> | AsyncIterable<KeyRangePart>,
): Promise<WrittenRanges> {
  const joiner = new FragmentJoiner(store);
  try {
    for await (const part of parts) await joiner.add(part);
    return await joiner.finish();
  } catch (error) {
    await discardAfterFailure(joiner);
    throw error;
  }
}

class FragmentJoiner {
  readonly #store: RangeStore;
  readonly #joined: WrittenRanges = { ranges: [], newRanges: 0 };
  /** The fragments of the range that is not complete yet. */
  #waiting: Fragment[] = [];

  constructor(store: RangeStore) {
    this.#store = store;
  }

  async add(part: KeyRangePart): Promise<void> {
    if (part.head) this.#waiting.push(part.head);
    // Without a head too: what a resumed snapshot lists again need not end at the cut any more at which the part after it begins.
    if (part.head || part.ranges.length > 0) await this.#close();
    this.#joined.ranges.push(...part.ranges);
    this.#joined.newRanges += part.newRanges;
    if (part.tail) this.#waiting.push(part.tail);
  }

  async finish(): Promise<WrittenRanges> {
    await this.#close();
    return this.#joined;
  }

  async discard(): Promise<void> {
    for (const fragment of this.#waiting) await discardFragment(fragment);
  }

  async #close(): Promise<void> {
    const fragment = await concatenate(this.#store, this.#waiting);
    if (fragment === undefined) return;
    if (await this.#store.add(fragment)) this.#joined.newRanges++;
    this.#joined.ranges.push(refOf(fragment));
    this.#waiting = [];
  }
}

/** One fragment with the entries of all, which are used up; a single one is taken as it is. */
async function concatenate(
  store: RangeStore,
  fragments: Fragment[],
): Promise<Fragment | HeldFragment | undefined> {
  if (fragments.length < 2) return fragments[0];
  const writer = new FragmentWriter(await store.fragmentFolder(), store.frames);
  try {
    for (const fragment of fragments) {
      await writer.addFragment(fragment);
      await discardFragment(fragment);
    }
    return await writer.hold();
  } catch (error) {
    await discardAfterFailure(writer);
    throw error;
  }
}

function refOf(fragment: Fragment | HeldFragment): RangeRef {
  const { hash, firstKey, lastKey, entries, sizeBytes, plainBytes } = fragment;
  return { hash, firstKey, lastKey, entries, sizeBytes, plainBytes };
}

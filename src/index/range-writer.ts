/**
 * Turns sorted entries into ranges. The stream is cut where its keys say so (cut.ts); what lies between two cuts becomes a
 * range. A key range that is listed on its own does not know what its neighbours hold, so the pieces before its first
 * and after its last cut stay fragments, which `joinFragments` splices: the ranges are the same whatever the split.
 */
import { BOUNDS_PER_ROW, textOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import { kernel } from '../kernel/kernel.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { discardAfterFailure } from './atomic-file.ts';
import { cutMask, DEFAULT_CUT_BITS } from './cut.ts';
import type { Entry } from './entry.ts';
import { withoutLine } from './entry-line.ts';
import { FragmentWriter, discardFragment } from './fragment.ts';
import type { Fragment, HeldFragment, LineRun } from './fragment.ts';
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
  /** See `cutMask`; default 14. All ranges of a snapshot are written with the same. */
  cutBits?: number;
  /** The key range begins where a range begins, so that what comes before its first cut is one. */
  beginsAtCut?: boolean;
}

/** Writes the entries of one key range. */
export class KeyRangeWriter {
  readonly #store: RangeStore;
  readonly #cutMask: number;
  readonly #ranges: RangeRef[] = [];
  #newRanges = 0;
  /** Where the next cut ends a range, not a head. */
  #isInRange: boolean;
  #head: Fragment | undefined;
  #open: FragmentWriter | undefined;
  /** As UTF-8. */
  #lastKey: Buffer | undefined;
  /** Stays true after a failure: going on would leave entries out. */
  #isBusy = false;

  constructor(
    store: RangeStore,
    { cutBits = DEFAULT_CUT_BITS, beginsAtCut = false }: RangeWriterOptions = {},
  ) {
    this.#store = store;
    this.#cutMask = cutMask(cutBits);
    this.#isInRange = beginsAtCut;
  }

  /**
   * Appends entries; wait for it before the next call. After a failure only `discard` is left.
   * @param table not to be changed until then
   * @param rows which of its rows, sorted by key, all after those of earlier calls
   * @param endAtCut to write no more after the first cut
   * @returns how many were written
   * @throws BackupError LISTING_INVALID for keys that are equal or out of order, and for entries that have no line;
   * SNAPSHOTS_DIR where the disk fails
   */
  async write(table: EntryTable, rows: Int32Array, { endAtCut = false } = {}): Promise<number> {
    this.#enter();
    let written = 0;
    for (let isCut = false; written < rows.length && !(isCut && endAtCut);) {
      this.#open ??= await this.#openFragment();
      const next = kernel().writeLines(table, rows, written, this.#lastKey, this.#cutMask);
      const those = rows.subarray(written, (written += next.rows));
      isCut = next.end === 'cut';
      if (next.rows > 0) {
        this.#lastKey = keyBytes(table, those.at(-1)!);
        await this.#open.add({ ...sumsOf(table, those), lines: next.lines });
      }
      if (next.end === 'outOfOrder') throw this.#outOfOrder(table, rows[written]!);
      if (next.end === 'withoutLine') throw withoutLine(table, rows[written]!);
      if (isCut) await this.#cut(this.#open);
    }
    this.#isBusy = false;
    return written;
  }

  /** What was written last has ended a range. */
  get isAtCut(): boolean {
    return this.#lastKey !== undefined && this.#open === undefined;
  }

  /** Ends the key range. The fragments are the caller's then: to join, or to discard. */
  async finish(): Promise<KeyRangePart> {
    this.#enter();
    const tail = await this.#open?.close(this.#lastKeyText);
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
    return new FragmentWriter(await this.#store.fragmentFolder(), this.#store.frames);
  }

  async #cut(open: FragmentWriter): Promise<void> {
    if (!this.#isInRange) {
      this.#head = await open.close(this.#lastKeyText);
      this.#open = undefined;
      this.#isInRange = true;
      return;
    }
    const fragment = await open.hold(this.#lastKeyText);
    this.#open = undefined;
    const isNew = await this.#store.add(fragment);
    this.#ranges.push(refOf(fragment));
    if (isNew) this.#newRanges++;
  }

  #enter(): void {
    if (this.#isBusy) throw new Error('This writer of ranges is busy, finished or has failed');
    this.#isBusy = true;
  }

  get #lastKeyText(): string | undefined {
    return this.#lastKey?.toString('utf8');
  }

  #outOfOrder(table: EntryTable, row: number): BackupError {
    const key = JSON.stringify(textOf(table, row, 'key'));
    return new BackupError(
      'LISTING_INVALID',
      `Key ${key} was listed after ${JSON.stringify(this.#lastKeyText)}, which does not sort before it`,
      {
        hint: 'The server does not list keys in the order of their UTF-8 bytes. Run again; if it stays, report it.',
      },
    );
  }
}

/** A copy. */
function keyBytes({ bytes, columns: { bounds } }: EntryTable, row: number): Buffer {
  const at = row * BOUNDS_PER_ROW;
  return Buffer.from(bytes.subarray(bounds[at], bounds[at + 1]));
}

/** @param rows at least one */
function sumsOf(table: EntryTable, rows: Int32Array): Pick<LineRun, 'firstKey' | 'entries' | 'sizeBytes'> {
  let sizeBytes = 0;
  for (const row of rows) sizeBytes += table.columns.sizesBytes[row]!;
  return { firstKey: textOf(table, rows[0]!, 'key'), entries: rows.length, sizeBytes };
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
    await this.#whole.write(tabulate(entries), Int32Array.from(entries.keys()));
  }

  /** Writes the rest as the last range. No entries, no ranges. After a failure `discard` is left. */
  async finish(): Promise<WrittenRanges> {
    return joinFragments(this.#store, [await this.#whole.finish()]);
  }

  /** As `KeyRangeWriter.discard`. */
  async discard(): Promise<void> {
    await this.#whole.discard();
  }
}

/** While one is compressed and synced, others are read and hashed. */
const JOINED_AT_ONCE = 4;

/**
 * Splices neighbours: a tail, the cutless fragments after it, and the next head are one range. Removes the fragments once all are
 * joined, not before: where it fails, as for want of disk space, an interrupted snapshot goes on from them.
 * @param parts of all key ranges, in the order of their keys, the empty ones too or not
 * @throws BackupError SNAPSHOTS_DIR
 */
export async function joinFragments(
  store: RangeStore,
  parts: Iterable<KeyRangePart>,
): Promise<WrittenRanges> {
  const { pieces, newRanges } = piecesOf(parts);
  const joined: WrittenRanges = { ranges: [], newRanges };
  await forEachConcurrently(pieces.entries(), JOINED_AT_ONCE, async ([index, piece]) => {
    if (!Array.isArray(piece)) joined.ranges[index] = piece;
    else {
      const fragment = await concatenate(store, piece);
      if (await store.add(fragment)) joined.newRanges++;
      joined.ranges[index] = refOf(fragment);
    }
  });
  const fragments = pieces.flatMap((piece) => (Array.isArray(piece) ? piece : []));
  for (const fragment of fragments) await discardFragment(fragment);
  return joined;
}

/** In the order of their keys: ranges that are there, and fragments that are one together. */
function piecesOf(parts: Iterable<KeyRangePart>): { pieces: (RangeRef | Fragment[])[]; newRanges: number } {
  const pieces: (RangeRef | Fragment[])[] = [];
  let newRanges = 0;
  let open: Fragment[] = [];
  const close = (): void => {
    if (open.length > 0) pieces.push(open);
    open = [];
  };
  for (const part of parts) {
    if (part.head) open.push(part.head);
    // Without a head too: what a resumed snapshot lists again need not end at the cut any more at which the part after it begins.
    if (part.head || part.ranges.length > 0) close();
    pieces.push(...part.ranges);
    newRanges += part.newRanges;
    if (part.tail) open.push(part.tail);
  }
  close();
  return { pieces, newRanges };
}

/** One fragment with the entries of all, which stay. */
async function concatenate(
  store: RangeStore,
  fragments: readonly Fragment[],
): Promise<Fragment | HeldFragment> {
  const writer = new FragmentWriter(await store.fragmentFolder(), store.frames);
  try {
    for (const fragment of fragments) await writer.addFragment(fragment);
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

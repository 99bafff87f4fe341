/**
 * Turns sorted entries into ranges. The stream is cut where its keys say so (cut.ts); what lies between two cuts becomes a
 * range. A key range that is listed on its own does not know what its neighbours hold, so the pieces before its first
 * and after its last cut stay fragments, for the caller to splice with theirs: the ranges are the same whatever the split.
 */
import { BOUNDS_PER_ROW, textOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import { kernel } from '../kernel/kernel.ts';
import { discardAfterFailure } from './atomic-file.ts';
import { cutMask, DEFAULT_CUT_BITS } from './cut.ts';
import type { Entry } from './entry.ts';
import { withoutLine } from './entry-line.ts';
import { FragmentWriter } from './fragment.ts';
import type { LineRun } from './fragment.ts';
import type { RangeRef } from './range-ref.ts';
import type { RangeStore } from './range-store.ts';
import { tabulate } from './tabulate.ts';

export interface WrittenRanges {
  /** In the order of their keys. */
  ranges: RangeRef[];
  /** How many of them were not in the store before. */
  newRanges: number;
}

export interface RangeWriterOptions {
  /** See `cutMask`; default 14. All ranges of a snapshot are written with the same. */
  cutBits?: number;
  /** Whether the key range begins where a range does; else what comes before its first cut is a piece of one. */
  beginsAtCut?: boolean;
}

/** Writes the entries of one key range. */
export class KeyRangeWriter {
  readonly #store: RangeStore;
  readonly #cutMask: number;
  #written: WrittenRanges = { ranges: [], newRanges: 0 };
  /** Where the next cut ends a range, not a head. */
  #isInRange: boolean;
  #head: FragmentWriter | undefined;
  #open: FragmentWriter | undefined;
  /** As UTF-8. */
  #lastKey: Buffer | undefined;
  /** Stays true after a failure: going on would leave entries out. */
  #isBusy = false;

  constructor(
    store: RangeStore,
    { cutBits = DEFAULT_CUT_BITS, beginsAtCut = true }: RangeWriterOptions = {},
  ) {
    this.#store = store;
    this.#cutMask = cutMask(cutBits);
    this.#isInRange = beginsAtCut;
  }

  /**
   * Appends entries; wait for it before the next call. After a failure only `discard` is left.
   * @param table not to be changed until then
   * @param rows which of its rows, sorted by key, all after those of earlier calls
   * @throws BackupError LISTING_INVALID for keys that are equal or out of order, and for entries that have no line;
   * SNAPSHOTS_DIR where the disk fails
   */
  async write(table: EntryTable, rows: Int32Array): Promise<void> {
    this.#enter();
    for (let written = 0; written < rows.length;) {
      this.#open ??= await this.#openFragment();
      const next = kernel().writeLines(table, rows, written, this.#lastKey, this.#cutMask);
      const those = rows.subarray(written, (written += next.rows));
      if (next.rows > 0) {
        this.#lastKey = keyBytes(table, those.at(-1)!);
        await this.#open.add({ ...sumsOf(table, those), lastKey: this.#lastKey, lines: next.lines });
      }
      if (next.end === 'outOfOrder') throw this.#outOfOrder(table, rows[written]!);
      if (next.end === 'withoutLine') throw withoutLine(table, rows[written]!);
      if (next.end === 'cut') await this.#cut(this.#open);
    }
    this.#isBusy = false;
  }

  /** The entries up to and with the first cut, once there are: the caller's then. Not where the key range begins at a cut. */
  takeHead(): FragmentWriter | undefined {
    const head = this.#head;
    this.#head = undefined;
    return head;
  }

  /** The ranges since the last call, which follow each other. */
  takeRanges(): WrittenRanges {
    const written = this.#written;
    this.#written = { ranges: [], newRanges: 0 };
    return written;
  }

  /** Ends the key range. @returns the entries after the last cut, if any: the caller's then */
  finish(): FragmentWriter | undefined {
    this.#enter();
    const tail = this.#open;
    this.#open = undefined;
    return tail;
  }

  /** Gives up: removes what is unfinished. Ranges that were written stay; gc finds them. */
  async discard(): Promise<void> {
    this.#isBusy = true;
    for (const piece of [this.#open, this.#head]) if (piece !== undefined) await discardAfterFailure(piece);
  }

  async #openFragment(): Promise<FragmentWriter> {
    return new FragmentWriter(await this.#store.fragmentFolder(), this.#store.blocks);
  }

  async #cut(open: FragmentWriter): Promise<void> {
    this.#open = undefined;
    if (this.#isInRange) await addRange(this.#store, open, this.#written);
    else this.#head = open;
    this.#isInRange = true;
  }

  #enter(): void {
    if (this.#isBusy) throw new Error('This writer of ranges is busy, finished or has failed');
    this.#isBusy = true;
  }

  #outOfOrder(table: EntryTable, row: number): BackupError {
    const key = JSON.stringify(textOf(table, row, 'key'));
    return new BackupError(
      'LISTING_INVALID',
      `Key ${key} was listed after ${JSON.stringify(this.#lastKey?.toString())}, which does not sort before it`,
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

  constructor(store: RangeStore, options: Pick<RangeWriterOptions, 'cutBits'> = {}) {
    this.#store = store;
    this.#whole = new KeyRangeWriter(store, options);
  }

  /** As `KeyRangeWriter.write`. */
  async write(entries: readonly Entry[]): Promise<void> {
    await this.#whole.write(tabulate(entries), Int32Array.from(entries.keys()));
  }

  /** Writes the rest as the last range. No entries, no ranges. After a failure `discard` is left. */
  async finish(): Promise<WrittenRanges> {
    const rest = this.#whole.finish();
    const written = this.#whole.takeRanges();
    if (rest !== undefined) await addRange(this.#store, rest, written);
    return written;
  }

  /** As `KeyRangeWriter.discard`. */
  async discard(): Promise<void> {
    await this.#whole.discard();
  }
}

/**
 * Makes a range of a fragment, which is used up, and notes it.
 * @throws BackupError SNAPSHOTS_DIR
 */
export async function addRange(
  store: RangeStore,
  writer: FragmentWriter,
  written: WrittenRanges,
): Promise<void> {
  try {
    const fragment = await writer.finish();
    const { hash, firstKey, lastKey, entries, sizeBytes, plainBytes } = fragment;
    if (await store.add(fragment)) written.newRanges++;
    written.ranges.push({ hash, firstKey, lastKey, entries, sizeBytes, plainBytes });
  } catch (error) {
    await discardAfterFailure(writer);
    throw error;
  }
}

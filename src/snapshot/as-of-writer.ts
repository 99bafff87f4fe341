/**
 * Writes what is current in one key range. What lies between two cuts of it is finished as soon as that is worth a line in the journal,
 * so that an interrupted snapshot need not list it again; what lies before the first and after the last cut is for its neighbours'.
 */
import type { EntryTable } from '../entry-table.ts';
import { discardAfterFailure } from '../index/atomic-file.ts';
import { tabulate } from '../index/tabulate.ts';
import type { RangeStore } from '../index/range-store.ts';
import { KeyRangeWriter } from '../index/range-writer.ts';
import type { VersionTable } from '../s3/version-table.ts';
import { AsOfSelector } from './as-of.ts';
import type { FinishedRange } from '../snapshots/unfinished.ts';
import type { Seams } from './seams.ts';

const ONLY_ROW = Int32Array.of(0);

export interface AsOfWriterOptions {
  store: RangeStore;
  asOfMs: number;
  cutBits: number;
  /** What so many pages brought is noted together. */
  journalEveryPages: number;
  seams: Seams;
}

export class AsOfWriter {
  readonly #options: AsOfWriterOptions;
  readonly #selector: AsOfSelector;
  readonly #writer: KeyRangeWriter;
  /** What was taken in and is not written yet. */
  #taken: { table: VersionTable; rows: Int32Array } | undefined;
  /** Where what is not finished yet begins. */
  #after: string | undefined;
  #isAfterCut: boolean;
  #pages = 0;

  constructor(after: string | undefined, options: AsOfWriterOptions) {
    const { store, asOfMs, cutBits, seams } = options;
    this.#options = options;
    this.#after = after;
    this.#isAfterCut = seams.isCut(after);
    this.#selector = new AsOfSelector(asOfMs);
    this.#writer = new KeyRangeWriter(store, { cutBits, beginsAtCut: this.#isAfterCut });
  }

  /**
   * Takes the rows of a page in, from one up to, but without, another: to be written by `write` before the table changes.
   * @returns how many keys began there
   */
  select(table: VersionTable, from: number, to: number): number {
    const before = this.#selector.keys;
    this.#taken = { table, rows: this.#selector.push(table, from, to) };
    this.#pages += 1;
    return this.#selector.keys - before;
  }

  /** Writes what was taken in. @returns how many entries */
  async write(): Promise<number> {
    if (this.#taken === undefined) return 0;
    const { table, rows } = this.#taken;
    this.#taken = undefined;
    await this.#write(table, rows);
    if (this.#pages >= this.#options.journalEveryPages) await this.#finishRanges();
    return rows.length;
  }

  /** @param upTo where the key range ended: all up to there was taken in. @returns how many more entries were written */
  async finish(upTo: string | undefined): Promise<number> {
    const last = this.#selector.finish();
    if (last !== undefined) await this.#write(tabulate([last]), ONLY_ROW);
    await this.#finishRanges();
    await this.#options.seams.add({
      after: this.#after,
      upTo,
      beginsAtCut: this.#isAfterCut,
      endsAtCut: this.#options.seams.isCut(upTo),
      entries: this.#writer.finish(),
    });
    return last === undefined ? 0 : 1;
  }

  /** Gives up what was not finished. */
  async discard(): Promise<void> {
    await discardAfterFailure(this.#writer);
  }

  async #write(table: EntryTable, rows: Int32Array): Promise<void> {
    await this.#writer.write(table, rows);
    const head = this.#writer.takeHead();
    if (head === undefined) return;
    const upTo = head.lastKey;
    const piece = { after: this.#after, upTo, beginsAtCut: false, endsAtCut: true, entries: head };
    this.#after = upTo;
    this.#isAfterCut = true;
    await this.#options.seams.add(piece);
  }

  async #finishRanges(): Promise<void> {
    const written = this.#writer.takeRanges();
    const upTo = written.ranges.at(-1)?.lastKey;
    if (upTo === undefined) return;
    const finished: FinishedRange = { after: this.#after, upTo, ...written };
    this.#after = upTo;
    this.#isAfterCut = true;
    this.#pages = 0;
    await this.#options.seams.onFinished(finished);
  }
}

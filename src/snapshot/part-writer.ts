/**
 * Writes what is current in one key range, and closes it off now and then, so that an interrupted snapshot need not list it
 * again. It is closed off where a range ends anyway: the part after it then begins with a whole range, nothing has to be
 * joined, and what is written is the same as without.
 */
import { discardAfterFailure } from '../index/atomic-file.ts';
import { isCutAfter } from '../index/cut.ts';
import { tabulate } from '../index/tabulate.ts';
import type { RangeStore } from '../index/range-store.ts';
import { KeyRangeWriter } from '../index/range-writer.ts';
import type { VersionTable } from '../s3/version-table.ts';
import { AsOfSelector, type Selected } from './as-of.ts';
import type { FinishedRange } from '../snapshots/unfinished.ts';

export interface PartWriterOptions {
  store: RangeStore;
  asOfMs: number;
  cutBits: number;
  /** A part is closed off at the first cut after so many pages. */
  pagesPerPart: number;
  onFinished: (finished: FinishedRange) => Promise<void>;
}

export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #selector: AsOfSelector;
  /** What was taken in and is not written yet. */
  #taken: { table: VersionTable; selected: Selected } | undefined;
  #writer: KeyRangeWriter;
  #after: string | undefined;
  #pages = 0;

  constructor(after: string | undefined, options: PartWriterOptions) {
    this.#options = options;
    this.#after = after;
    this.#selector = new AsOfSelector(options.asOfMs);
    this.#writer = this.#newWriter({ beginsAtCut: after === undefined });
  }

  /**
   * Takes the rows of a page in, from one up to, but without, another: to be written by `write` before the table changes.
   * @returns how many keys began there
   */
  select(table: VersionTable, from: number, to: number): number {
    const before = this.#selector.keys;
    this.#taken = { table, selected: this.#selector.push(table, from, to) };
    this.#pages += 1;
    return this.#selector.keys - before;
  }

  /** Writes what was taken in. @returns how many entries */
  async write(): Promise<number> {
    if (this.#taken === undefined) return 0;
    const { table, selected } = this.#taken;
    const { before, rows } = selected;
    this.#taken = undefined;
    if (before !== undefined) await this.#writer.write(tabulate([before]), [0]);
    const cut = this.#pages < this.#options.pagesPerPart ? -1 : this.#lastCut(table, rows);
    if (cut < 0) await this.#writer.write(table, rows);
    else {
      await this.#writer.write(table, rows.slice(0, cut + 1));
      await this.#closeOff(table.key(rows[cut]!));
      await this.#writer.write(table, rows.slice(cut + 1));
    }
    return rows.length + (before === undefined ? 0 : 1);
  }

  /** @param upTo where the key range ended: all up to there was taken in. @returns how many more entries were written */
  async finish(upTo: string | undefined): Promise<number> {
    const last = this.#selector.finish();
    if (last !== undefined) await this.#writer.write(tabulate([last]), [0]);
    await this.#report(upTo);
    return last === undefined ? 0 : 1;
  }

  /** Gives up what was not closed off. */
  async discard(): Promise<void> {
    await discardAfterFailure(this.#writer);
  }

  #lastCut(table: VersionTable, rows: readonly number[]): number {
    return rows.findLastIndex((row) => isCutAfter(table, row, this.#options.cutBits));
  }

  async #closeOff(upTo: string): Promise<void> {
    await this.#report(upTo);
    this.#writer = this.#newWriter({ beginsAtCut: true });
    this.#after = upTo;
    this.#pages = 0;
  }

  async #report(upTo: string | undefined): Promise<void> {
    const part = await this.#writer.finish();
    await this.#options.onFinished({ after: this.#after, upTo, part });
  }

  #newWriter({ beginsAtCut }: { beginsAtCut: boolean }): KeyRangeWriter {
    const { store, cutBits } = this.#options;
    return new KeyRangeWriter(store, { cutBits, beginsAtCut });
  }
}

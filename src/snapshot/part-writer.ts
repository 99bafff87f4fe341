/**
 * Writes what is current in one key range, and closes it off now and then, so that an interrupted snapshot need not list it
 * again. It is closed off where a range ends anyway: the part after it then begins with a whole range, nothing has to be
 * joined, and what is written is the same as without.
 */
import { discardAfterFailure } from '../index/atomic-file.ts';
import { tabulate } from '../index/tabulate.ts';
import type { RangeStore } from '../index/range-store.ts';
import { KeyRangeWriter } from '../index/range-writer.ts';
import type { VersionTable } from '../s3/version-table.ts';
import { AsOfSelector } from './as-of.ts';
import type { FinishedRange } from '../snapshots/unfinished.ts';

const ONLY_ROW = Int32Array.of(0);

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
  #taken: { table: VersionTable; rows: Int32Array } | undefined;
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
    this.#taken = { table, rows: this.#selector.push(table, from, to) };
    this.#pages += 1;
    return this.#selector.keys - before;
  }

  /** Writes what was taken in. @returns how many entries */
  async write(): Promise<number> {
    if (this.#taken === undefined) return 0;
    const { table, rows } = this.#taken;
    this.#taken = undefined;
    const endAtCut = this.#pages >= this.#options.pagesPerPart;
    const written = await this.#writer.write(table, rows, { endAtCut });
    if (endAtCut && written > 0 && this.#writer.isAtCut) {
      await this.#closeOff(table.key(rows[written - 1]!));
      await this.#writer.write(table, rows.subarray(written));
    }
    return rows.length;
  }

  /** @param upTo where the key range ended: all up to there was taken in. @returns how many more entries were written */
  async finish(upTo: string | undefined): Promise<number> {
    const last = this.#selector.finish();
    if (last !== undefined) await this.#writer.write(tabulate([last]), ONLY_ROW);
    await this.#report(upTo);
    return last === undefined ? 0 : 1;
  }

  /** Gives up what was not closed off. */
  async discard(): Promise<void> {
    await discardAfterFailure(this.#writer);
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

/**
 * Writes what is current in one key range, and closes it off now and then, so that an interrupted snapshot need not list it
 * again. It is closed off where a range ends anyway: the part after it then begins with a whole range, nothing has to be
 * joined, and what is written is the same as without.
 */
import { discardAfterFailure } from '../index/atomic-file.ts';
import { isCutAfter } from '../index/cut.ts';
import type { Entry } from '../index/entry.ts';
import type { RangeStore } from '../index/range-store.ts';
import { KeyRangeWriter, joinFragments, type KeyRangePart } from '../index/range-writer.ts';
import type { ListedVersion } from '../s3/types.ts';
import { AsOfSelector } from './as-of.ts';
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
  #selected: Entry[] = [];
  #writer: KeyRangeWriter;
  #after: string | undefined;
  /** The part begins where a range begins. */
  #beginsAtCut: boolean;
  #pages = 0;

  constructor(after: string | undefined, options: PartWriterOptions) {
    this.#options = options;
    this.#after = after;
    this.#beginsAtCut = after === undefined;
    this.#selector = new AsOfSelector(options.asOfMs, (entry) => this.#selected.push(entry));
    this.#writer = this.#newWriter();
  }

  /** Takes a page in, to be written by `write`. @returns how many keys began on it */
  select(versions: readonly ListedVersion[]): number {
    const before = this.#selector.keys;
    for (const version of versions) this.#selector.push(version);
    this.#pages += 1;
    return this.#selector.keys - before;
  }

  /** Writes what was taken in. @returns how many entries */
  async write(): Promise<number> {
    const selected = this.#takeSelected();
    const cut = this.#pages < this.#options.pagesPerPart ? -1 : this.#lastCut(selected);
    if (cut < 0) await this.#writer.write(selected);
    else {
      await this.#writer.write(selected.slice(0, cut + 1));
      await this.#closeOff(selected[cut]!.key);
      await this.#writer.write(selected.slice(cut + 1));
    }
    return selected.length;
  }

  /** @param upTo where the key range ended: all up to there was taken in. @returns how many more entries were written */
  async finish(upTo: string | undefined): Promise<number> {
    this.#selector.finish();
    const selected = this.#takeSelected();
    await this.#writer.write(selected);
    await this.#report(upTo);
    return selected.length;
  }

  /** Gives up what was not closed off. */
  async discard(): Promise<void> {
    await discardAfterFailure(this.#writer);
  }

  #takeSelected(): Entry[] {
    const selected = this.#selected;
    this.#selected = [];
    return selected;
  }

  #lastCut(entries: readonly Entry[]): number {
    return entries.findLastIndex(({ key }) => isCutAfter(key, this.#options.cutBits));
  }

  async #closeOff(upTo: string): Promise<void> {
    await this.#report(upTo);
    this.#writer = this.#newWriter();
    this.#after = upTo;
    this.#beginsAtCut = true;
    this.#pages = 0;
  }

  async #report(upTo: string | undefined): Promise<void> {
    const part = await this.#writer.finish();
    const settled = this.#beginsAtCut ? await settleHead(part, this.#options.store) : part;
    await this.#options.onFinished({ after: this.#after, upTo, part: settled });
  }

  #newWriter(): KeyRangeWriter {
    return new KeyRangeWriter(this.#options.store, { cutBits: this.#options.cutBits });
  }
}

/** What comes before the first cut of a part that begins at one is a whole range. */
async function settleHead({ tail, ...part }: KeyRangePart, store: RangeStore): Promise<KeyRangePart> {
  return { ...(await joinFragments(store, [part])), ...(tail && { tail }) };
}

/**
 * Where key ranges that are listed side by side meet: the piece that one ends with and the piece that the next begins with are one
 * range. They are joined as soon as both are there, while others are still being listed. No more than two wait at any time
 * for each key range that is being listed.
 */
import { discardAfterFailure } from '../index/atomic-file.ts';
import type { FragmentWriter } from '../index/fragment.ts';
import type { RangeStore } from '../index/range-store.ts';
import { addRange, type WrittenRanges } from '../index/range-writer.ts';
import type { FinishedRange } from '../snapshots/unfinished.ts';
import type { KeyRange } from './key-range.ts';

/** The current entries of a key range that has no cut inside, but perhaps at its ends. */
export interface Piece extends KeyRange {
  beginsAtCut: boolean;
  endsAtCut: boolean;
  /** Undefined where there are none. */
  entries: FragmentWriter | undefined;
}

export interface SeamsOptions {
  store: RangeStore;
  /** Key ranges that earlier runs have finished: they begin and end at cuts. */
  finished: readonly KeyRange[];
  /** Called with what lies between two cuts, its ranges on disk. */
  onFinished: (finished: FinishedRange) => Promise<void>;
}

export class Seams {
  readonly #store: RangeStore;
  readonly #cuts: ReadonlySet<string | undefined>;
  readonly onFinished: SeamsOptions['onFinished'];
  /** Pieces whose neighbour is not there yet, by where they begin. */
  readonly #beginning = new Map<string | undefined, Piece>();
  /** And by where they end. */
  readonly #ending = new Map<string | undefined, Piece>();

  constructor({ store, finished, onFinished }: SeamsOptions) {
    this.#store = store;
    this.#cuts = new Set([undefined, ...finished.flatMap(({ after, upTo }) => [after, upTo])]);
    this.onFinished = onFinished;
  }

  /** Whether a range ends there in any case: at the ends of the bucket or prefix, and where an earlier run has finished. */
  isCut(bound: string | undefined): boolean {
    return this.#cuts.has(bound);
  }

  /**
   * Takes a piece, and joins it with its neighbours that are there.
   * @throws BackupError SNAPSHOTS_DIR, and what `onFinished` throws
   */
  async add(piece: Piece): Promise<void> {
    let joined = piece;
    // From the last look at the neighbours to `wait` nothing else runs: one that came between the two would wait beside this one for ever.
    for (;;) {
      const before = joined.beginsAtCut ? undefined : this.#take(this.#ending.get(joined.after));
      const behind = before || joined.endsAtCut ? undefined : this.#take(this.#beginning.get(joined.upTo));
      if (before) joined = await join(before, joined);
      else if (behind) joined = await join(joined, behind);
      else break;
    }
    if (joined.beginsAtCut && joined.endsAtCut) await this.#finish(joined);
    else this.#wait(joined);
  }

  /** After a failure: removes what waits. */
  async discard(): Promise<void> {
    for (const { entries } of new Set([...this.#beginning.values(), ...this.#ending.values()]))
      if (entries !== undefined) await discardAfterFailure(entries);
  }

  #take(piece: Piece | undefined): Piece | undefined {
    if (piece === undefined) return undefined;
    if (!piece.beginsAtCut) this.#beginning.delete(piece.after);
    if (!piece.endsAtCut) this.#ending.delete(piece.upTo);
    return piece;
  }

  #wait(piece: Piece): void {
    if (!piece.beginsAtCut) this.#beginning.set(piece.after, piece);
    if (!piece.endsAtCut) this.#ending.set(piece.upTo, piece);
  }

  async #finish({ after, upTo, entries }: Piece): Promise<void> {
    const isEmpty = after !== undefined && after === upTo;
    if (isEmpty) return;
    const written: WrittenRanges = { ranges: [], newRanges: 0 };
    if (entries !== undefined) await addRange(this.#store, entries, written);
    await this.onFinished({ after, upTo, ...written });
  }
}

/** One piece of two that follow each other. */
async function join(before: Piece, behind: Piece): Promise<Piece> {
  const { after, beginsAtCut } = before;
  const { upTo, endsAtCut } = behind;
  if (before.entries !== undefined && behind.entries !== undefined) {
    try {
      await before.entries.append(behind.entries);
    } catch (error) {
      await discardAfterFailure(before.entries);
      await discardAfterFailure(behind.entries);
      throw error;
    }
  }
  return { after, beginsAtCut, upTo, endsAtCut, entries: before.entries ?? behind.entries };
}

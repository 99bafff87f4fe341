/**
 * What goes with parts of a source, counted until all of it was compared: many small deletions are a large one, too. The race: parts are
 * brought beside each other, and one is judged while the deletions of another are under way. So what is due is reserved before it is judged.
 */
export interface Reservation {
  /** What went with parts, or is about to, without this one. */
  readonly before: number;
  /** Of that, what is not done yet. */
  readonly inFlight: number;
  /** To be called for each that is done. */
  done(): void;
  /** What was not done is not going to be. */
  release(): void;
}

/** In memory alone: a run begins with a comparison. */
export class PartDeletions {
  #gone = 0;
  #reserved = 0;
  #objectsBefore = 0;

  /** Objects that are gone, or tagged. */
  get gone(): number {
    return this.#gone;
  }

  /** @param objects that the feed has in the bucket */
  reserve(deletions: number, objects: () => number): Reservation {
    const [before, inFlight] = [this.#gone + this.#reserved, this.#reserved];
    if (before === 0 && deletions > 0) this.#objectsBefore = objects();
    this.#reserved += deletions;
    let left = deletions;
    const take = (count: number): void => {
      left -= count;
      this.#reserved -= count;
    };
    const done = (): void => {
      take(1);
      this.#gone += 1;
    };
    return { before, inFlight, done, release: () => take(left) };
  }

  /** What is gone and nothing has come in the place of. @param objects that the feed has in the bucket now */
  missingFrom(objects: number): number {
    return Math.min(this.#gone, Math.max(0, this.#objectsBefore - objects));
  }

  /** All was compared, and what was due done. */
  forget(): void {
    this.#gone = 0;
  }
}

/** Does work side by side: as much as a limit allows that may change, and as there is to take; more may turn up meanwhile. */
export interface SideBySide<T> {
  limit: () => number;
  /** The next piece of work; undefined where there is none for now. */
  take: () => T | undefined;
  work: (item: T) => Promise<void>;
  /** Nothing is begun once it is aborted. */
  signal: AbortSignal;
  onError: (error: unknown) => void;
}

export class Workers<T> {
  readonly #options: SideBySide<T>;
  readonly #ended = Promise.withResolvers<void>();
  #underWay = 0;

  constructor(options: SideBySide<T>) {
    this.#options = options;
  }

  /** Begins what can be begun. To be called whenever more has turned up. */
  launch(): void {
    const { limit, take, signal } = this.#options;
    while (!signal.aborted && this.#underWay < limit()) {
      const item = take();
      if (item === undefined) return;
      this.#underWay += 1;
      void this.#run(item);
    }
  }

  /** Resolves when nothing is under way and nothing is left to take. */
  async end(): Promise<void> {
    this.launch();
    if (this.#underWay > 0) await this.#ended.promise;
  }

  async #run(item: T): Promise<void> {
    try {
      await this.#options.work(item);
    } catch (error) {
      this.#options.onError(error);
    }
    this.#underWay -= 1;
    this.launch();
    if (this.#underWay === 0) this.#ended.resolve();
  }
}

/** Lets through as many as a limit allows that may change at any time; the others wait in the order in which they came. */
export class RequestGate {
  readonly #limit: () => number;
  readonly #signal: AbortSignal;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limit: () => number, signal: AbortSignal) {
    this.#limit = limit;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#admitAll(), { once: true });
  }

  get inside(): number {
    return this.#inside;
  }

  /** Runs `work` once there is room. @throws the signal's reason when it is aborted before */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#limit() && !this.#signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#inside += 1;
    }
    try {
      this.#signal.throwIfAborted();
      return await work();
    } finally {
      this.#inside -= 1;
      while (this.#inside < this.#limit() && this.#admitOne());
    }
  }

  /** Counted in from here, so that nobody else takes the place before the waiter runs. */
  #admitOne(): boolean {
    const admit = this.#waiting.shift();
    if (admit === undefined) return false;
    this.#inside += 1;
    admit();
    return true;
  }

  #admitAll(): void {
    while (this.#admitOne());
  }
}

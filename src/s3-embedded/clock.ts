/** The server's own clock: what `Date` headers and `LastModified` say. Tests set it. */
export interface EmbeddedClock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

export const systemEmbeddedClock: EmbeddedClock = { nowMs: () => Date.now() };

/** A clock that stands still until it is moved. */
export class ManualClock implements EmbeddedClock {
  #nowMs: number;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  advance(delayMs: number): void {
    this.#nowMs += delayMs;
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}

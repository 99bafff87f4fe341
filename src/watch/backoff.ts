/** How long to wait after failures in a row: ever longer, up to a limit that is short beside how long a network is away. */
export class Backoff {
  readonly #firstMs: number;
  readonly #lastMs: number;
  #failures = 0;
  #untilMs = -Infinity;

  constructor(firstMs: number, lastMs: number) {
    this.#firstMs = firstMs;
    this.#lastMs = lastMs;
  }

  get failures(): number {
    return this.#failures;
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#untilMs;
  }

  failed(nowMs: number): void {
    this.#untilMs = nowMs + Math.min(this.#firstMs * 2 ** this.#failures, this.#lastMs);
    this.#failures += 1;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#untilMs = -Infinity;
  }
}

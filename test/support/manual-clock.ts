import type { Clock } from '../../src/clock.ts';

/** A clock that moves when it is told to, and by what it is asked to sleep. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly sleptMs: number[] = [];

  constructor(nowMs = Date.parse('2026-11-21T04:00:00Z')) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }

  async sleep(delayMs: number): Promise<void> {
    this.sleptMs.push(delayMs);
    this.#nowMs += delayMs;
  }
}

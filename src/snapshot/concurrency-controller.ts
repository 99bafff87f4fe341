/**
 * How many requests may be in flight: as many as the server bears. Additive increase, multiplicative decrease, as in TCP:
 * a round of answers without complaint adds one; a 503 or 429 takes a share away, once a round, since the answers that
 * follow are to requests sent before (trap 26). Answers that take much longer than they used to mean that requests queue
 * somewhere: that takes a little away, but never more than to a quarter, for latency has other causes too.
 *
 * Where it begins with less than it may have, it doubles each round, as TCP's slow start does, until more in flight only makes the answers
 * slower: then the server, or this machine, has enough to do, and all that more of them would cost is CPU and memory.
 */
import type { Clock } from '../clock.ts';

const throttledFactor = 0.7;
const slowFactor = 0.7;
/** Slow is what takes this many times the usual, and at least so much longer that it cannot be the client's own load. */
const slowTimes = 3;
const slowByMs = 100;
const slowFloorShare = 1 / 4;
const leastRound = 8;
/** A doubling that gains less than a fifth is in vain. With everything in one queue latency doubles too, with none it stays: the exponent between. */
const vainExponent = 3 / 4;
/** So many rounds after a doubling in vain it is tried again. */
const holdRounds = 30;
/** How fast the usual latency is forgotten, a round: a route that got longer for good must not count as a queue for ever. */
const forgetting = 1.02;

/** The hooks of one listing, which has one request in flight at a time. */
export interface AnswerWatch {
  onRequest: () => void;
  onAnswer: (statusCode: number) => void;
}

export class ConcurrencyController {
  readonly #max: number;
  readonly #isProbing: boolean;
  readonly #clock: Clock;
  #limit: number;
  #usualMs = Infinity;
  #latenciesMs: number[] = [];
  #answersLeft: number;
  #isThrottled = false;
  #wasThrottled = false;
  /** As it was before the limit was raised, until it is known what came of that. */
  #before: { limit: number; latencyMs: number } | undefined;
  #roundsToHold = 0;

  /**
   * @param max never exceeded; at least 1
   * @param begin where it begins; with less than `max` it looks for how much is of use
   */
  constructor(max: number, clock: Clock, begin = max) {
    this.#max = max;
    this.#isProbing = begin < max;
    this.#clock = clock;
    this.#limit = Math.min(begin, max);
    this.#answersLeft = this.#roundLength();
  }

  /** A whole number from 1 to `max`. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  watch(): AnswerWatch {
    let sentMs = 0;
    return {
      onRequest: () => (sentMs = this.#clock.nowMs()),
      onAnswer: (statusCode) => this.#onAnswer(statusCode, this.#clock.nowMs() - sentMs),
    };
  }

  #onAnswer(statusCode: number, latencyMs: number): void {
    if (statusCode === 503 || statusCode === 429) this.#throttle();
    // Less than nothing: the clock was set back meanwhile. Nothing: it would stay the usual for ever.
    else if (latencyMs >= 0) this.#latenciesMs.push(Math.max(1, latencyMs));
    this.#answersLeft -= 1;
    if (this.#answersLeft <= 0) this.#endRound();
  }

  #throttle(): void {
    if (this.#isThrottled) return;
    this.#isThrottled = true;
    this.#wasThrottled = true;
    this.#before = undefined;
    // Those in flight now were sent under the old limit: their answers say nothing of the new one.
    this.#answersLeft = this.#roundLength();
    this.#limit = Math.max(1, this.#limit * throttledFactor);
  }

  #endRound(): void {
    if (!this.#isThrottled && this.#latenciesMs.length > 0) this.#adapt(median(this.#latenciesMs));
    this.#latenciesMs = [];
    this.#isThrottled = false;
    this.#answersLeft = this.#roundLength();
  }

  #adapt(latencyMs: number): void {
    this.#usualMs = Math.min(latencyMs, this.#usualMs * forgetting);
    const isSlow = latencyMs > this.#usualMs * slowTimes && latencyMs > this.#usualMs + slowByMs;
    if (isSlow) this.#shrink();
    else if (this.#isProbing) this.#probe(latencyMs);
    else this.#limit = Math.min(this.#max, this.#limit + 1);
  }

  #shrink(): void {
    this.#before = undefined;
    const floor = Math.max(1, this.#max * slowFloorShare);
    if (this.#limit > floor) this.#limit = Math.max(floor, this.#limit * slowFactor);
  }

  #probe(latencyMs: number): void {
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined && !this.#hasGained(before, latencyMs)) {
      this.#limit = before.limit;
      this.#roundsToHold = holdRounds;
    } else if (this.#roundsToHold > 0) this.#roundsToHold -= 1;
    else if (this.#limit < this.#max) {
      const isSteep = !this.#wasThrottled;
      if (isSteep) this.#before = { limit: this.#limit, latencyMs };
      this.#limit = Math.min(this.#max, isSteep ? this.#limit * 2 : this.#limit + 1);
    }
  }

  #hasGained(before: { limit: number; latencyMs: number }, latencyMs: number): boolean {
    const slower = Math.log(Math.max(latencyMs, 1) / Math.max(before.latencyMs, 1));
    return slower < vainExponent * Math.log(this.#limit / before.limit);
  }

  #roundLength(): number {
    return Math.max(leastRound, this.limit);
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

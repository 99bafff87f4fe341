/**
 * Lists a synthetic bucket without a server, in simulated time: an answer takes about one unit, its handling none. It shows how
 * the pool splits a bucket of any size, and what that costs in requests.
 */
import { firstIndexWhere, compareKeyBytes } from '../../../../src/s3-embedded/model/key-order.ts';
import { keyNamer, type KeyNamer, type Layout } from '../../../../src/s3-embedded/synthetic/layouts.ts';
import { cutAt } from '../../../../src/snapshot/key-range.ts';
import { KeyRangePool } from '../../../../src/snapshot/key-range-pool.ts';
import { KnownKeys } from '../../../../src/snapshot/known-keys.ts';
import type { PageSummary, RunningRange } from '../../../../src/snapshot/running-range.ts';
import { Random } from '../../../support/random.ts';

const pageSize = 1000;
const rangeKeys = 16_384;

export interface SimulationOptions {
  layout: Layout;
  keys: number;
  concurrency: number;
  /** Versions of the key in the middle; 1 unless told otherwise. */
  hotVersions?: number;
  /** Begins with what a snapshot of the same keys knows. */
  hasPrevious?: boolean;
}

export interface Simulated {
  requests: number;
  leastRequests: number;
  /** How busy the places were: 1 when all were, to the end. */
  efficiency: number;
  keysListed: number;
}

export function simulateListing(options: SimulationOptions): Simulated {
  const { layout, keys, concurrency, hotVersions = 1, hasPrevious = false } = options;
  const nameOf = keyNamer(layout, keys);
  const known = new KnownKeys(hasPrevious ? previousRanges(nameOf, keys) : []);
  const pool = new KeyRangePool(cutAt(known.cuts(concurrency, 4000)), { prefix: '', concurrency, known });
  const random = new Random(20261121);
  const answers: { atTime: number; arrive: () => void }[] = [];
  let time = 0;
  let requests = 0;
  let running = 0;
  let keysListed = 0;

  const launch = (): void => {
    for (let range = running < concurrency ? pool.take() : undefined; range !== undefined;) {
      running += 1;
      request(range, new Cursor(nameOf, keys, hotVersions, range.after));
      range = running < concurrency ? pool.take() : undefined;
    }
  };
  const request = (range: RunningRange, cursor: Cursor): void => {
    requests += 1;
    const atTime = time + 0.9 + random.below(200) / 1000;
    answers.push({ atTime, arrive: () => onAnswer(range, cursor) });
  };
  const onAnswer = (range: RunningRange, cursor: Cursor): void => {
    const { page, isLast } = cursor.next(range);
    keysListed += cursor.keysEnded;
    pool.onPage(range, page, isLast);
    if (isLast) running -= 1;
    else request(range, cursor);
    launch();
  };

  launch();
  for (let next = earliest(answers); next !== undefined; next = earliest(answers)) {
    time = next.atTime;
    next.arrive();
  }
  const leastRequests = Math.ceil((keys + hotVersions - 1) / pageSize);
  return { requests, leastRequests, keysListed, efficiency: leastRequests / concurrency / time };
}

function earliest<T extends { atTime: number }>(answers: T[]): T | undefined {
  let first = 0;
  for (let i = 1; i < answers.length; i++) if (answers[i]!.atTime < answers[first]!.atTime) first = i;
  return answers.splice(first, 1)[0];
}

function previousRanges(nameOf: KeyNamer, keys: number): { lastKey: string; entries: number }[] {
  return Array.from({ length: Math.ceil(keys / rangeKeys) }, (_, index) => {
    const end = Math.min(keys, (index + 1) * rangeKeys);
    return { lastKey: nameOf(end - 1), entries: end - index * rangeKeys };
  });
}

/** Where the listing of one key range stands. */
class Cursor {
  readonly #nameOf: KeyNamer;
  readonly #keys: number;
  readonly #hotVersions: number;
  #index: number;
  #hotListed = 0;
  keysEnded = 0;

  constructor(nameOf: KeyNamer, keys: number, hotVersions: number, after: string | undefined) {
    this.#nameOf = nameOf;
    this.#keys = keys;
    this.#hotVersions = hotVersions;
    this.#index =
      after === undefined ? 0 : firstIndexWhere(keys, (index) => compareKeyBytes(nameOf(index), after) > 0);
  }

  next(range: RunningRange): { page: PageSummary; isLast: boolean } {
    const first = this.#index;
    const end = firstIndexWhere(this.#keys, (index) => !range.includes(this.#nameOf(index)));
    const hot = this.#hotVersions > 1 ? this.#keys >> 1 : -1;
    let versions = 0;
    while (versions < pageSize && this.#index < end) {
      if (this.#index === hot) {
        const more = Math.min(pageSize - versions, this.#hotVersions - this.#hotListed);
        versions += more;
        this.#hotListed += more;
        if (this.#hotListed < this.#hotVersions) break;
        this.#index += 1;
      } else {
        const until = hot > this.#index ? Math.min(end, hot) : end;
        const more = Math.min(pageSize - versions, until - this.#index);
        versions += more;
        this.#index += more;
      }
    }
    this.keysEnded = this.#index - first;
    const isOnHot = this.#index === hot && versions > 0 && this.#hotListed > 0;
    const last = isOnHot ? hot : this.#index - 1;
    const isLast = this.#index >= end;
    if (versions === 0) return { page: { versions: 0, keys: 0, sampleKeys: [] }, isLast };
    const samples = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(first + (last - first) * share));
    const sampleKeys = samples.map((index) => this.#nameOf(index));
    const page = {
      versions,
      keys: Math.max(1, last - first + 1),
      firstKey: sampleKeys[0],
      lastKey: sampleKeys.at(-1),
      sampleKeys,
    };
    return { page, isLast };
  }
}

/** The faults that are set now: queued, by rate, or standing; they can be changed while requests come in. */
import { S3Error } from '../s3-error.ts';
import { seededRandom } from './random.ts';
import { isHit } from './rule.ts';
import type { FaultKind, FaultRule, FaultTarget } from './rule.ts';

export interface SetFault {
  readonly id: number;
  readonly rule: FaultRule;
  /** How many requests it has hit. */
  readonly hits: number;
}

interface Tracked extends SetFault {
  hits: number;
  seen: number;
  isQueued: boolean;
  random: () => number;
}

const KEY_KINDS: readonly FaultKind[] = ['access-denied', 'key-error'];

export class Faults {
  readonly #tracked: Tracked[] = [];
  readonly #seed: number;
  #lastId = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Stays until it has hit `times` requests, or is removed. */
  add(rule: FaultRule): SetFault {
    return this.#track(rule, false);
  }

  /** Each hits one request, in this order: a request meets the first of the queue that matches it. */
  queue(...rules: FaultRule[]): void {
    for (const rule of rules) this.#track({ times: 1, ...rule }, true);
  }

  #track(rule: FaultRule, isQueued: boolean): SetFault {
    const id = ++this.#lastId;
    const tracked: Tracked = { id, rule, hits: 0, seen: 0, isQueued, random: seededRandom(this.#seed + id) };
    this.#tracked.push(tracked);
    return tracked;
  }

  remove(id: number): void {
    const index = this.#tracked.findIndex((tracked) => tracked.id === id);
    if (index !== -1) this.#tracked.splice(index, 1);
  }

  clear(): void {
    this.#tracked.length = 0;
  }

  list(): readonly SetFault[] {
    return this.#tracked;
  }

  /** The rules that hit this request; each is counted. */
  hit(target: FaultTarget): FaultRule[] {
    if (this.#tracked.length === 0) return [];
    return this.#take(target, ({ kind }) => kind !== 'key-error');
  }

  /** For one key of a request on many, or of a copy's source. @throws S3Error as the rule says */
  checkKey(operation: string, bucket: string, key: string): void {
    const hits = this.#take({ operation, bucket, key, query: NO_QUERY }, isForKeys);
    const rule = hits[0];
    if (rule === undefined) return;
    if (rule.kind === 'access-denied') throw new S3Error('AccessDenied', rule.message ?? 'Access Denied');
    throw faultError(rule, 'InternalError', 500);
  }

  #take(target: FaultTarget, isWanted: (rule: FaultRule) => boolean): FaultRule[] {
    const hits: FaultRule[] = [];
    let queueIsServed = false;
    for (const tracked of this.#tracked) {
      const { rule } = tracked;
      if (tracked.hits >= (rule.times ?? Infinity) || !isWanted(rule) || !isHit(rule, target)) continue;
      if (tracked.isQueued && queueIsServed) continue;
      queueIsServed ||= tracked.isQueued;
      if (tracked.seen++ < (rule.skip ?? 0)) continue;
      if (rule.rate !== undefined && tracked.random() >= rule.rate) continue;
      tracked.hits++;
      hits.push(rule);
    }
    return hits;
  }
}

const NO_QUERY: ReadonlyMap<string, string> = new Map();

/** A denied operation as a whole has no key, and is not meant for each of its keys again. */
function isForKeys(rule: FaultRule): boolean {
  const namesKeys = rule.key !== undefined || rule.keyPattern !== undefined || rule.matches !== undefined;
  return KEY_KINDS.includes(rule.kind) && (namesKeys || rule.kind === 'key-error');
}

export function faultError(rule: FaultRule, defaultCode: string, defaultStatus: number): S3Error {
  const code = { code: rule.code ?? defaultCode, status: rule.status ?? defaultStatus };
  return new S3Error(code, rule.message ?? MESSAGES[code.code] ?? 'A fault was injected');
}

const MESSAGES: Record<string, string> = {
  SlowDown: 'Please reduce your request rate.',
  InternalError: 'We encountered an internal error. Please try again.',
  AccessDenied: 'Access Denied',
};

/**
 * Paths that have changed, each once, however often. One is ready when it was quiet for a while: no event, and either unchanged for as long by its
 * own time of change, or twice the same size, times and inode, at least that long apart (trap 31).
 */
import type { Look } from './look.ts';

interface Waiting {
  /** Since when it is quiet, as far as anybody knows. */
  sinceMs: number;
  /** When it is to be looked at next. */
  dueMs: number;
  /** What it was at the last look; undefined before the first. */
  signature: string | undefined;
  /** That failed. */
  attempts: number;
}

const firstRetryMs = 1000;
const lastRetryMs = 60_000;

export class PendingChanges {
  readonly #waiting = new Map<string, Waiting>();
  readonly #quietMs: number;
  readonly #limit: number;

  /** @param limit paths at most */
  constructor(quietMs: number, limit: number) {
    this.#quietMs = quietMs;
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false where there is no room: somebody has to look at everything instead */
  add(path: string, nowMs: number): boolean {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.sinceMs = nowMs;
      if (waiting.signature !== undefined) waiting.dueMs = nowMs + this.#quietMs;
      return true;
    }
    if (this.#waiting.size >= this.#limit) return false;
    this.#waiting.set(path, { sinceMs: nowMs, dueMs: nowMs, signature: undefined, attempts: 0 });
    return true;
  }

  /** Those that are to be looked at now. */
  due(nowMs: number): string[] {
    const due: string[] = [];
    for (const [path, { dueMs }] of this.#waiting) if (dueMs <= nowMs) due.push(path);
    return due;
  }

  /**
   * What a look has found.
   * @returns whether it is ready
   */
  looked(
    path: string,
    { signature, changedMs }: Pick<Look, 'signature' | 'changedMs'>,
    nowMs: number,
  ): boolean {
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) return false;
    const isOld = changedMs !== undefined && nowMs - changedMs >= this.#quietMs;
    if (waiting.signature !== signature && !isOld) {
      waiting.signature = signature;
      waiting.sinceMs = nowMs;
    }
    if (nowMs - waiting.sinceMs >= this.#quietMs) return true;
    waiting.dueMs = waiting.sinceMs + this.#quietMs;
    return false;
  }

  /** It is done with, or taken up. */
  remove(path: string): void {
    this.#waiting.delete(path);
  }

  /** Again later, ever later; at once where something has happened to it since. */
  retry(path: string, attempts: number, nowMs: number): void {
    if (this.#waiting.has(path)) return;
    const delayMs = Math.min(firstRetryMs * 2 ** attempts, lastRetryMs);
    this.#waiting.set(path, {
      sinceMs: nowMs,
      dueMs: nowMs + Math.max(delayMs, this.#quietMs),
      signature: undefined,
      attempts: attempts + 1,
    });
  }

  attemptsOf(path: string): number {
    return this.#waiting.get(path)?.attempts ?? 0;
  }
}

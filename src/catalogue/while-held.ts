import type { Lock } from './locks.ts';

/** What a run works with, its signal aborted too once the lock is lost: what it knows may be out of date then. */
export function whileHeld<D extends { signal: AbortSignal }>(lock: Lock, dependencies: D): D {
  return { ...dependencies, signal: AbortSignal.any([dependencies.signal, lock.lost]) };
}

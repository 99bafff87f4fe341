import type { Lock } from './locks.ts';

export interface Held {
  /** As of the lock. Due before a manifest is written: gc may have removed ranges that none named yet. */
  assertHeld: () => void;
}

/** What a run works with, its signal aborted too once the lock is lost: what it knows may be out of date then. */
export function whileHeld<D extends { signal: AbortSignal }>(lock: Lock, dependencies: D): D & Held {
  const signal = AbortSignal.any([dependencies.signal, lock.lost]);
  return { ...dependencies, signal, assertHeld: () => lock.assertHeld() };
}

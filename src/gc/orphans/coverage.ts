/**
 * Which keys the kept snapshots cover, and since when what came before is history. Only where a snapshot has looked can anybody say
 * that a version is in none: keys outside of all prefixes are left alone.
 */
import type { Manifest } from '../../index/manifest.ts';
import type { SafetyMargins } from '../safety.ts';
import type { Horizons } from './key-history.ts';

/** Keys that begin with `prefix`, and the newest snapshot of it. */
export interface CoveredPrefix {
  prefix: string;
  asOfMs: number;
  newest: Manifest;
}

export class Coverage {
  readonly #byAge: readonly CoveredPrefix[];
  readonly #margins: SafetyMargins;
  readonly #nowMs: number;

  /**
   * @param snapshots those that stay, and that can be relied upon (trap 28), of this bucket and store
   * @param nowMs by the server's clock
   */
  constructor(snapshots: readonly Manifest[], margins: SafetyMargins, nowMs: number) {
    const newest = new Map<string, CoveredPrefix>();
    for (const manifest of snapshots) {
      const { prefix } = manifest;
      const asOfMs = Date.parse(manifest.asOf);
      if (asOfMs > (newest.get(prefix)?.asOfMs ?? -Infinity))
        newest.set(prefix, { prefix, asOfMs, newest: manifest });
    }
    this.#byAge = [...newest.values()].sort((a, b) => b.asOfMs - a.asOfMs);
    this.#margins = margins;
    this.#nowMs = nowMs;
  }

  /** Those that lie in no other one: together they are all that is covered, each key once. */
  widest(): CoveredPrefix[] {
    const liesWithin = (a: CoveredPrefix, b: CoveredPrefix): boolean =>
      a !== b && a.prefix.startsWith(b.prefix);
    return this.#byAge.filter((each) => !this.#byAge.some((other) => liesWithin(each, other)));
  }

  /** Undefined for a key that no snapshot covers. */
  horizonsOf(key: string): Horizons | undefined {
    const newest = this.#byAge.find(({ prefix }) => key.startsWith(prefix));
    if (newest === undefined) return undefined;
    const { orphanMinimumAgeMs, markerMinimumAgeMs } = this.#margins;
    return {
      versionsMs: Math.min(newest.asOfMs, this.#nowMs - orphanMinimumAgeMs),
      markersMs: Math.min(newest.asOfMs, this.#nowMs - markerMinimumAgeMs),
    };
  }
}

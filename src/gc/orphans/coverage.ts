/**
 * Which keys the kept snapshots cover, and since when what came before is history. Only where a snapshot has looked can anybody say
 * that a version is in none: keys outside of all prefixes are left alone.
 */
import type { Manifest } from '../../index/manifest.ts';
import type { SafetyMargins } from '../safety.ts';
import { firstWhere } from './first-where.ts';
import type { Horizons } from './key-history.ts';

/** Keys that begin with `prefix`, and the newest snapshot of it. */
export interface CoveredPrefix {
  prefix: string;
  asOfMs: number;
  newest: Manifest;
}

export class Coverage {
  readonly #byAge: readonly CoveredPrefix[];
  /** As-of times of all snapshots, in their order, by prefix. */
  readonly #moments: ReadonlyMap<string, readonly number[]>;
  readonly #margins: SafetyMargins;
  readonly #nowMs: number;

  /**
   * @param snapshots those that stay, and that can be relied upon (trap 28), of this bucket and store
   * @param all those that go, or cannot be relied upon, too
   * @param nowMs by the server's clock
   */
  constructor(
    snapshots: readonly Manifest[],
    all: readonly Manifest[],
    margins: SafetyMargins,
    nowMs: number,
  ) {
    const newest = new Map<string, CoveredPrefix>();
    for (const manifest of snapshots) {
      const { prefix } = manifest;
      const asOfMs = Date.parse(manifest.asOf);
      if (asOfMs > (newest.get(prefix)?.asOfMs ?? -Infinity))
        newest.set(prefix, { prefix, asOfMs, newest: manifest });
    }
    const byPrefix = Map.groupBy(all, ({ prefix }) => prefix);
    this.#moments = new Map([...byPrefix].map(([prefix, manifests]) => [prefix, momentsOf(manifests)]));
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
      hasSnapshotIn: (fromMs, beforeMs) => this.#hasSnapshotIn(key, fromMs, beforeMs),
    };
  }

  #hasSnapshotIn(key: string, fromMs: number, beforeMs: number): boolean {
    for (const [prefix, moments] of this.#moments) {
      if (!key.startsWith(prefix)) continue;
      const next = moments[firstWhere(moments.length, (i) => (moments[i] ?? Infinity) >= fromMs)];
      if (next !== undefined && next < beforeMs) return true;
    }
    return false;
  }
}

function momentsOf(manifests: readonly Manifest[]): number[] {
  return manifests.map(({ asOf }) => Date.parse(asOf)).sort((a, b) => a - b);
}

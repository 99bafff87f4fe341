/** Sweeps orphans: each batch is checked against the bucket right before it is deleted. */
import { areOverwritable, CheckAge, deleteChecked, isNullVersion } from '../delete-checked.ts';
import type { GcDependencies, RemovalOptions } from '../options.ts';
import type { Outcomes } from '../outcomes.ts';
import { checkOrphans } from './check.ts';
import type { Coverage } from './coverage.ts';
import type { OrphanTotals } from './find.ts';
import type { Orphan } from './orphan.ts';

export interface OrphanCounts {
  /** Object versions and delete markers that the listing showed, whatever became of them. */
  listed: number;
  candidates: number;
  deleted: number;
  /** Of those that were deleted: delete markers. */
  deleteMarkers: number;
  /** The check found otherwise: gone already, or wanted by now. */
  spared: number;
  /** `null` versions while versioning is suspended: left to the next gc, as are those that are locked or failed. */
  overwritable: number;
  locked: number;
  missing: number;
  failed: number;
}

export interface OrphanSweepDependencies extends GcDependencies {
  /** Throws where the lock is lost. */
  assertLockHeld: () => void;
}

export class OrphanSweep {
  readonly counts: OrphanCounts;
  readonly #coverage: Coverage;
  readonly #options: RemovalOptions;
  readonly #dependencies: OrphanSweepDependencies;
  readonly #outcomes: Outcomes;

  constructor(
    totals: OrphanTotals,
    coverage: Coverage,
    options: RemovalOptions,
    dependencies: OrphanSweepDependencies,
    outcomes: Outcomes,
  ) {
    this.#coverage = coverage;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#outcomes = outcomes;
    const { listed, orphans: candidates } = totals;
    this.counts = {
      listed,
      candidates,
      deleted: 0,
      deleteMarkers: 0,
      spared: 0,
      overwritable: 0,
      locked: 0,
      missing: 0,
      failed: 0,
    };
  }

  async batch(orphans: readonly Orphan[]): Promise<void> {
    for (let rest = orphans; rest.length > 0;) {
      const age = new CheckAge(this.#dependencies.clock);
      const { checked, deletable } = await this.#check(rest, age.isTimeUp);
      const stable = await this.#withoutOverwritable(deletable);
      if (age.isStale()) continue;
      this.counts.spared += checked - deletable.length;
      this.counts.overwritable += deletable.length - stable.length;
      const outcomes = await deleteChecked(stable, this.#options.dryRun, this.#dependencies);
      stable.forEach((orphan, index) => {
        const status = this.#outcomes.note(orphan, outcomes[index]);
        this.counts[status] += 1;
        if (status === 'deleted' && orphan.isDeleteMarker) this.counts.deleteMarkers += 1;
      });
      rest = rest.slice(checked);
    }
  }

  /** A dry run has listed them all a moment ago, and deletes nothing: it does not list them once more. */
  async #check(
    orphans: readonly Orphan[],
    isTimeUp: () => boolean,
  ): Promise<{ checked: number; deletable: readonly Orphan[] }> {
    if (this.#options.dryRun) return { checked: orphans.length, deletable: orphans };
    const { bucket, signal } = this.#dependencies;
    return checkOrphans(orphans, bucket, this.#coverage, { isTimeUp, signal });
  }

  async #withoutOverwritable(orphans: readonly Orphan[]): Promise<readonly Orphan[]> {
    if (!(await areOverwritable(orphans, this.#dependencies))) return orphans;
    return orphans.filter((orphan) => !isNullVersion(orphan));
  }
}

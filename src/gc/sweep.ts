/** Sweep: deletes the marked versions, each batch checked against the bucket right before. */
import { forEachConcurrently } from '../concurrency.ts';
import type { DeleteOutcome } from '../s3/types.ts';
import type { Candidate } from './candidates.ts';
import { checkCandidates } from './check.ts';
import { areOverwritable, CheckAge, deleteChecked, isNullVersion } from './delete-checked.ts';
import type { Lookup } from './lookup.ts';
import type { Coverage } from './orphans/coverage.ts';
import type { GcDependencies, RemovalOptions } from './options.ts';
import type { Mark, MarkedVersions } from './mark.ts';
import { defaultMargins, type Checked, type Finding } from './safety.ts';
import { OrphanSweep, type OrphanCounts } from './orphans/sweep.ts';
import { Outcomes, type DeleteFailure } from './outcomes.ts';
import type { SavingsEstimate } from './savings.ts';

export interface VersionCounts {
  candidates: number;
  deleted: number;
  /** The current version of its key now: never deleted. */
  current: number;
  /** Too young to be deleted by this gc: tried again by the next. */
  young: number;
  /** A `null` version while versioning is suspended: a write could put another object in its place. Tried again by the next. */
  overwritable: number;
  /** Under a hold or retention, or denied: tried again by the next gc. */
  locked: number;
  /** Gone already. */
  missing: number;
  /** Named by a kept snapshot, as was found when a version that should have proved otherwise was gone. */
  kept: number;
  failed: number;
}

export function emptyCounts(candidates: number): VersionCounts {
  return {
    candidates,
    deleted: 0,
    current: 0,
    young: 0,
    overwritable: 0,
    locked: 0,
    missing: 0,
    kept: 0,
    failed: 0,
  };
}

export interface SweepResult {
  counts: VersionCounts;
  orphans: OrphanCounts | null;
  bytesFreed: number;
  savings: SavingsEstimate;
  failures: DeleteFailure[];
  /** Snapshots of which a version could not be deleted. */
  unfinished: Set<string>;
}

export interface SweepDependencies extends GcDependencies {
  lookup: Lookup;
  /** What tells orphans, where they were asked for. */
  coverage: Coverage | undefined;
  /** Throws where the lock is lost. */
  assertLockHeld: () => void;
}

/** In a dry run everything but the deleting: `deleted` is what would be. */
export async function sweepVersions(
  mark: Mark,
  options: RemovalOptions,
  dependencies: SweepDependencies,
): Promise<SweepResult> {
  const { bucket, observer, signal, coverage } = dependencies;
  const nowMs = await bucket.serverTimeMs();
  const outcomes = new Outcomes(nowMs);
  const sweep = new Sweep(options, dependencies, outcomes, mark.candidates, nowMs);
  const orphans =
    mark.orphans && coverage && new OrphanSweep(mark.orphans, coverage, options, dependencies, outcomes);
  const total = mark.candidates + (mark.orphans?.orphans ?? 0);
  let done = 0;
  await forEachConcurrently(mark.file.items(), options.concurrency, async (batch) => {
    signal.throwIfAborted();
    if ('orphans' in batch) await orphans?.batch(batch.orphans);
    else await sweep.batch(batch);
    done += 'orphans' in batch ? batch.orphans.length : batch.entries.length;
    observer.progress({ phase: 'deleting', done, total, unit: 'versions' });
  });
  return {
    counts: sweep.counts,
    orphans: orphans?.counts ?? null,
    bytesFreed: outcomes.bytesFreed,
    savings: outcomes.savings.estimate(),
    failures: outcomes.failures,
    unfinished: sweep.unfinished,
  };
}

/** Sweeps what snapshots name that go. */
class Sweep {
  readonly counts: VersionCounts;
  readonly unfinished = new Set<string>();
  readonly #options: RemovalOptions;
  readonly #dependencies: SweepDependencies;
  readonly #outcomes: Outcomes;
  readonly #bornUpToMs: number;

  constructor(
    options: RemovalOptions,
    dependencies: SweepDependencies,
    outcomes: Outcomes,
    candidates: number,
    nowMs: number,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#outcomes = outcomes;
    this.counts = emptyCounts(candidates);
    this.#bornUpToMs = nowMs - defaultMargins.minimumAgeMs;
  }

  async batch({ snapshot, entries }: MarkedVersions): Promise<void> {
    const { clock } = this.#dependencies;
    for (let rest = entries; rest.length > 0;) {
      const age = new CheckAge(clock);
      const checked = await this.#check(rest, age);
      const unnamed = await this.#lookUpUnproven(rest, checked);
      await this.#spareOverwritable(rest, checked);
      if (age.isStale()) continue;
      const deletable: Candidate[] = [];
      for (const [index, entry] of rest.slice(0, checked.length).entries()) {
        const { finding, storageClass = entry.storageClass } = checked[index] ?? { finding: 'missing' };
        if (finding !== 'deletable') this.#noteLeft(snapshot, finding);
        else if (unnamed.has(entry)) deletable.push({ ...entry, storageClass });
        else this.counts.kept += 1;
      }
      const outcomes = await deleteChecked(deletable, this.#options.dryRun, this.#dependencies);
      deletable.forEach((entry, index) => this.#noteOutcome(snapshot, entry, outcomes[index]));
      rest = rest.slice(checked.length);
    }
  }

  /** What the bucket says of the first of the candidates, as many as could be checked in time. */
  #check(candidates: Candidate[], { isTimeUp }: CheckAge): Promise<Checked[]> {
    const { bucket, signal } = this.#dependencies;
    return checkCandidates(candidates, bucket, { bornUpToMs: this.#bornUpToMs, isTimeUp, signal });
  }

  /** Of the first of the candidates those that no kept snapshot names: by their witness, or where it is gone by looking. */
  async #lookUpUnproven(
    candidates: readonly Candidate[],
    checked: readonly Checked[],
  ): Promise<ReadonlySet<Candidate>> {
    const isProven = (candidate: Candidate, index: number): boolean =>
      candidate.witness === undefined || checked[index]?.isWitnessed === true;
    const proven = new Set(candidates.filter(isProven));
    const unproven = candidates.filter(
      (candidate, index) => !proven.has(candidate) && checked[index]?.finding === 'deletable',
    );
    if (unproven.length === 0) return proven;
    for (const each of await this.#dependencies.lookup.namedByNone(unproven)) proven.add(each);
    return proven;
  }

  async #spareOverwritable(candidates: readonly Candidate[], checked: Checked[]): Promise<void> {
    const isDeletable = (_: Candidate, index: number): boolean => checked[index]?.finding === 'deletable';
    if (!(await areOverwritable(candidates.filter(isDeletable), this.#dependencies))) return;
    for (const [index, candidate] of candidates.entries()) {
      if (isDeletable(candidate, index) && isNullVersion(candidate))
        checked[index] = { finding: 'overwritable' };
    }
  }

  #noteLeft(snapshot: string, finding: Exclude<Finding, 'deletable'>): void {
    this.counts[finding] += 1;
    if (finding === 'young' || finding === 'overwritable') this.unfinished.add(snapshot);
  }

  #noteOutcome(snapshot: string, entry: Candidate, outcome: DeleteOutcome | undefined): void {
    const status = this.#outcomes.note(entry, outcome);
    this.counts[status] += 1;
    if (status === 'locked' || status === 'failed') this.unfinished.add(snapshot);
  }
}

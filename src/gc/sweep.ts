/** Sweep: deletes the marked versions, each batch checked against the bucket right before. */
import { forEachConcurrently } from '../concurrency.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { DeleteOutcome } from '../s3/types.ts';
import type { Candidate } from './candidates.ts';
import { checkCandidates } from './check.ts';
import type { Lookup } from './lookup.ts';
import type { GcDependencies, RemovalOptions } from './options.ts';
import type { Mark, MarkedVersions } from './mark.ts';
import { defaultMargins, type Checked, type Finding } from './safety.ts';
import { Savings, type SavingsEstimate } from './savings.ts';

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

export interface DeleteFailure {
  key: string;
  versionId: string;
  code: string;
  message: string;
}

export interface SweepResult {
  counts: VersionCounts;
  bytesFreed: number;
  savings: SavingsEstimate;
  failures: DeleteFailure[];
  /** Snapshots of which a version could not be deleted. */
  unfinished: Set<string>;
}

export interface SweepDependencies extends GcDependencies {
  lookup: Lookup;
  /** Throws where the lock is lost. */
  assertLockHeld: () => void;
}

/** In a dry run everything but the deleting: `deleted` is what would be. */
export async function sweepVersions(
  mark: Mark,
  options: RemovalOptions,
  dependencies: SweepDependencies,
): Promise<SweepResult> {
  const { bucket, observer, signal } = dependencies;
  const sweep = new Sweep(options, dependencies, mark.candidates, await bucket.serverTimeMs());
  let done = 0;
  await forEachConcurrently(mark.file.items(), options.concurrency, async (batch) => {
    signal.throwIfAborted();
    await sweep.batch(batch);
    done += batch.entries.length;
    observer.progress({ phase: 'deleting', done, total: mark.candidates, unit: 'versions' });
  });
  return sweep.result();
}

class Sweep {
  readonly #options: RemovalOptions;
  readonly #dependencies: SweepDependencies;
  readonly #counts: VersionCounts;
  readonly #savings: Savings;
  readonly #bornUpToMs: number;
  readonly #failures: DeleteFailure[] = [];
  readonly #unfinished = new Set<string>();
  #bytesFreed = 0;

  constructor(options: RemovalOptions, dependencies: SweepDependencies, candidates: number, nowMs: number) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#counts = {
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
    this.#savings = new Savings(nowMs);
    this.#bornUpToMs = nowMs - defaultMargins.minimumAgeMs;
  }

  result(): SweepResult {
    return {
      counts: this.#counts,
      bytesFreed: this.#bytesFreed,
      savings: this.#savings.estimate(),
      failures: this.#failures,
      unfinished: this.#unfinished,
    };
  }

  async batch({ snapshot, entries }: MarkedVersions): Promise<void> {
    for (let rest = entries; rest.length > 0;) {
      const { checked, isStale } = await this.#check(rest);
      const unnamed = await this.#lookUpUnproven(rest, checked);
      await this.#spareOverwritable(rest, checked);
      if (isStale()) continue;
      const deletable: Candidate[] = [];
      for (const [index, entry] of rest.slice(0, checked.length).entries()) {
        const { finding, storageClass = entry.storageClass } = checked[index] ?? { finding: 'missing' };
        if (finding !== 'deletable') this.#noteLeft(snapshot, finding);
        else if (unnamed.has(entry)) deletable.push({ ...entry, storageClass });
        else this.#counts.kept += 1;
      }
      const outcomes = deletable.length === 0 ? [] : await this.#delete(deletable);
      deletable.forEach((entry, index) => this.#noteOutcome(snapshot, entry, outcomes[index]));
      rest = rest.slice(checked.length);
    }
  }

  /** What the bucket says of the first of the candidates, as many as could be checked in time. */
  async #check(candidates: Candidate[]): Promise<{ checked: Checked[]; isStale: () => boolean }> {
    const { bucket, clock, signal } = this.#dependencies;
    const beganMs = clock.nowMs();
    const ageMs = (): number => clock.nowMs() - beganMs;
    const checked = await checkCandidates(candidates, bucket, {
      bornUpToMs: this.#bornUpToMs,
      isTimeUp: () => ageMs() > defaultMargins.checkValidMs / 2,
      signal,
    });
    return { checked, isStale: () => ageMs() > defaultMargins.checkValidMs };
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

  /** Asked after the listing, so that as little time as can be is left before the deletion. */
  async #spareOverwritable(candidates: readonly Candidate[], checked: Checked[]): Promise<void> {
    const isAtStake = ({ finding }: Checked, index: number): boolean =>
      finding === 'deletable' && candidates[index]?.versionId === NULL_VERSION_ID;
    if (!checked.some(isAtStake)) return;
    const { bucket, signal } = this.#dependencies;
    if ((await bucket.versioning({ signal })) === 'enabled') return;
    for (const [index, each] of checked.entries()) {
      if (isAtStake(each, index)) checked[index] = { finding: 'overwritable' };
    }
  }

  async #delete(deletable: readonly Candidate[]): Promise<DeleteOutcome[]> {
    if (this.#options.dryRun) return deletable.map(() => ({ status: 'deleted' }));
    const { bucket, signal, assertLockHeld } = this.#dependencies;
    assertLockHeld();
    return bucket.deleteVersions(deletable, { signal });
  }

  #noteLeft(snapshot: string, finding: Exclude<Finding, 'deletable'>): void {
    this.#counts[finding] += 1;
    if (finding === 'young' || finding === 'overwritable') this.#unfinished.add(snapshot);
  }

  #noteOutcome(
    snapshot: string,
    entry: Candidate,
    outcome: DeleteOutcome = {
      status: 'failed',
      code: 'NoAnswer',
      message: 'The server did not say what became of it.',
    },
  ): void {
    this.#counts[outcome.status] += 1;
    if (outcome.status === 'deleted') {
      this.#bytesFreed += entry.sizeBytes;
      this.#savings.add(entry);
    }
    if (outcome.status === 'locked' || outcome.status === 'failed') {
      this.#unfinished.add(snapshot);
      const { code, message } = outcome;
      this.#failures.push({ key: entry.key, versionId: entry.versionId, code, message });
    }
  }
}

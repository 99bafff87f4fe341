/** Holds what runs did against brute force over all versions and the index on disk. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../../src/errors.ts';
import type { GcResult } from '../../src/gc/gc.ts';
import type { DeletionShare } from '../../src/gc/options.ts';
import { compareKeys } from '../../src/key-order.ts';
import { restore } from '../../src/restore/restore.ts';
import type { Deletion, HeldVersion } from '../../src/s3-embedded/index.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { SnapshotRepository } from '../../src/snapshots/repository.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';
import { bucketName, masterName, type DisturbedServer } from './disturbed-server.ts';
import type { Disturbance } from './history.ts';
import { identityOf } from './identity.ts';
import { rangesOnDisk, readIndex, type SnapshotOnDisk } from './index-on-disk.ts';
import { orphansOf } from './orphans.ts';
import type { RunOutcome } from './run.ts';

/** What an undisturbed run may end with: a safety rule stands against it. */
const refusals = new Set(['REFUSED']);
/** What no disturbance of a run excuses. */
const neverCodes = new Set(['INDEX_DAMAGED', 'CATALOGUE_DAMAGED', 'LOCKED', 'SNAPSHOTS_DIR']);

interface GcRun {
  disturbance: Disturbance;
  dryRun: boolean;
  minimumRedundancy: number;
  /** What the run asked before it went on. */
  asked: readonly DeletionShare[];
  /** When it ended. */
  nowMs: number;
}

interface Before {
  /** Whether orphans go, too. */
  orphans: boolean;
  nowMs: number;
  index: SnapshotOnDisk[];
  versions: HeldVersion[];
  lost: number;
  present: Set<string>;
  current: Set<string>;
  deletions: number;
}

export class Judge {
  readonly #server: DisturbedServer;
  readonly #snapshotsDir: string;
  /** Versions that were lost without our doing: by hand, by a lifecycle rule, overwritten in place. */
  readonly #lost = new Set<string>();
  /** All versions right before something was overwritten beside the run that is judged next, once for each time. */
  #beforeOverwrites: HeldVersion[][] = [];
  /** Versions that snapshots named which gc has removed since. */
  readonly #released = new Set<string>();
  /** Of these, those that were current when their last snapshot was removed: gc leaves them. */
  readonly #leftAsCurrent = new Set<string>();
  #before: Before = {
    orphans: false,
    nowMs: 0,
    index: [],
    versions: [],
    lost: 0,
    present: new Set(),
    current: new Set(),
    deletions: 0,
  };

  constructor(server: DisturbedServer, snapshotsDir: string) {
    this.#server = server;
    this.#snapshotsDir = snapshotsDir;
  }

  /** What is gone after `happen` is no fault of ours. */
  async allowLosses(happen: () => void | Promise<void>): Promise<void> {
    const before = this.#present();
    await happen();
    const after = this.#present();
    for (const identity of before) if (!after.has(identity)) this.#lost.add(identity);
  }

  /** The same at once, beside a run: a write while versioning is suspended destroys the version before it. */
  noteLosses(happen: () => void): void {
    const before = this.#versions();
    happen();
    const after = this.#present();
    const lost = before.map(identityOf).filter((identity) => !after.has(identity));
    for (const identity of lost) this.#lost.add(identity);
    if (lost.length > 0) this.#beforeOverwrites.push(before);
  }

  judgeSnapshot(
    outcome: RunOutcome<SnapshotResult>,
    { disturbance, resume }: { disturbance: Disturbance; resume: boolean },
  ): void {
    const states = [...this.#beforeOverwrites, this.#versions()];
    this.#beforeOverwrites = [];
    this.#assertExpectedEnd(outcome, disturbance);
    const index = this.#assertWhole();
    if (!outcome.ended || outcome.result.existing) return;
    const taken = index.find(({ name }) => name === outcome.result.snapshot);
    assert.ok(taken, `${outcome.result.snapshot} was taken, but is not there`);
    // Parts of a resumed one were listed before, in another bucket as it were.
    if (resume) return;
    // Of a key of which a version, or a delete marker, was overwritten beside the run, any state may have been listed.
    const possible = states.map((versions) => currentAsOf(versions, taken));
    const listed = new Map(taken.entries.map((entry) => [entry.key, identityOf(entry)]));
    for (const key of new Set([listed, ...possible].flatMap((each) => [...each.keys()]))) {
      const identities = possible.map((each) => each.get(key));
      assert.ok(
        identities.includes(listed.get(key)),
        `${key} was ${listed.get(key)}, not ${identities.join()}`,
      );
    }
    assert.deepEqual(
      taken.entries.map(({ key }) => key),
      [...listed.keys()].sort(compareKeys),
    );
  }

  beforeGc(orphans: boolean, nowMs: number): void {
    this.#beforeOverwrites = [];
    this.#before = {
      orphans,
      nowMs,
      index: readIndex(this.#snapshotsDir),
      versions: this.#versions(),
      lost: this.#lost.size,
      present: this.#present(),
      current: this.#current(),
      deletions: this.#server.s3.deletions.length,
    };
  }

  judgeGc(
    outcome: RunOutcome<GcResult>,
    { disturbance, dryRun, minimumRedundancy, asked, nowMs }: GcRun,
  ): void {
    this.#assertExpectedEnd(outcome, disturbance);
    const deletions = this.#server.s3.deletions.slice(this.#before.deletions);
    if (dryRun) assert.deepEqual(deletions, []);
    const index = this.#assertWhole();
    this.#assertDeletable(deletions, index, nowMs);
    this.#assertKept(index, minimumRedundancy);
    this.#noteReleased(index);
    if (!outcome.ended) return;
    this.#assertCounted(outcome.result, asked);
    for (const { snapshot } of outcome.result.kept) {
      assert.ok(index.some(({ name, state }) => name === snapshot && state === 'complete'));
    }
    this.#assertOrphansFound(outcome.result, asked);
    if (dryRun) assert.deepEqual(index, this.#before.index);
    else this.#assertNothingRemains(index, outcome.result);
  }

  /** The newest complete snapshot, in full, into an empty bucket. */
  async assertRestorable(clock: ManualClock): Promise<void> {
    const newest = readIndex(this.#snapshotsDir).findLast(({ state }) => state === 'complete');
    if (newest === undefined) return;
    const repository = await SnapshotRepository.open({
      snapshotsDir: this.#snapshotsDir,
      compress: false,
      clock,
      log: silentLog,
    });
    try {
      const result = await restore(
        {
          snapshot: newest.name,
          prefix: '',
          toPrefix: '',
          deleteExtra: false,
          dryRun: false,
          force: false,
          concurrency: 4,
        },
        {
          repository,
          snapshotsDir: this.#snapshotsDir,
          source: this.#server.bucket,
          destination: this.#server.master,
          clock,
          observer: { log: silentLog, progress: () => undefined },
          signal: new AbortController().signal,
        },
      );
      const present = this.#present();
      const isGone = (key: string): boolean =>
        newest.entries.some((entry) => entry.key === key && !present.has(identityOf(entry)));
      const failed = result.failures.filter(({ key, code }) => code !== 'InvalidObjectState' && !isGone(key));
      assert.deepEqual(failed, []);
    } finally {
      repository.close();
    }
    const restored = new Map<string, string>();
    for (const { key, etag } of this.#server.s3.buckets.versions(masterName)) restored.set(key, etag);
    for (const entry of newest.entries) {
      if (restored.has(entry.key)) assert.equal(restored.get(entry.key), entry.etag);
    }
  }

  #assertExpectedEnd(outcome: RunOutcome<unknown>, { stop, faultSeed }: Disturbance): void {
    if (outcome.ended || outcome.wasKilled) return;
    const { error } = outcome;
    assert.ok(error instanceof BackupError);
    assert.ok(!neverCodes.has(error.code), `${error.code}: ${error.message}`);
    const isDisturbed = stop !== undefined || faultSeed !== undefined;
    assert.ok(isDisturbed || refusals.has(error.code), `${error.code}: ${error.message}`);
  }

  /** Every complete snapshot names only versions that are there, or whose loss is not ours. */
  #assertWhole(): SnapshotOnDisk[] {
    const index = readIndex(this.#snapshotsDir);
    const present = this.#present();
    for (const { name, state, entries } of index) {
      if (state !== 'complete') continue;
      for (const identity of entries.map(identityOf)) {
        assert.ok(
          present.has(identity) || this.#lost.has(identity),
          `${name} names ${identity}, which is gone`,
        );
      }
    }
    return index;
  }

  /** Nothing that was current, nothing but what a snapshot named that is no longer complete, and orphans. */
  #assertDeletable(deletions: readonly Deletion[], index: readonly SnapshotOnDisk[], nowMs: number): void {
    const orphans = this.#orphans(new Set(index.map(({ name }) => name)), nowMs);
    const markers = this.#before.versions.filter((each) => each.isDeleteMarker);
    const bareMarkers = new Set(markers.filter((each) => orphans.has(identityOf(each))).map(idOf));
    // Beside the run a version was overwritten in place: what lies above it may hide nothing by now.
    const isChanged = this.#lost.size > this.#before.lost && this.#before.orphans;
    for (const deletion of deletions.filter(({ isDeleteMarker }) => isDeleteMarker)) {
      const isBare = bareMarkers.has(idOf(deletion)) || isChanged;
      assert.ok(isBare, `the delete marker ${idOf(deletion)} was deleted`);
    }
    const markerIds = new Set(markers.map(idOf));
    assert.deepEqual(
      this.#server.deletedAsCurrent().filter((id) => !markerIds.has(id)),
      [],
    );
    const named = new Set(this.#before.index.flatMap(({ entries }) => entries.map(identityOf)));
    const present = this.#present();
    for (const identity of this.#before.present) {
      if (present.has(identity) || this.#lost.has(identity) || isChanged) continue;
      const isDue = named.has(identity) || orphans.has(identity);
      assert.ok(isDue, `no snapshot named ${identity}, which was deleted, and it is no orphan`);
    }
  }

  /** Of what was there before the run. */
  #orphans(kept: ReadonlySet<string>, nowMs: number): Set<string> {
    const { orphans, versions, index } = this.#before;
    return orphans ? orphansOf(versions, index, kept, nowMs) : new Set();
  }

  /** All orphans, and no others; and whoever would delete more than stays is asked. */
  #assertOrphansFound({ kept, orphans, dryRun, failures }: GcResult, asked: readonly DeletionShare[]): void {
    if (orphans === null) return assert.equal(this.#before.orphans, false);
    const due = this.#orphans(new Set(kept.map(({ snapshot }) => snapshot)), this.#before.nowMs);
    if (this.#lost.size > this.#before.lost) return;
    assert.equal(orphans.candidates, due.size);
    const isMost = !dryRun && orphans.candidates > orphans.listed - orphans.candidates;
    assert.equal(asked.filter(({ of }) => of === 'listed').length, isMost ? 1 : 0);
    if (dryRun) return;
    const reported = new Set(failures.map(idOf));
    const isNull = ({ versionId }: HeldVersion): boolean => versionId === 'null' && orphans.overwritable > 0;
    const left = this.#versions().filter((each) => !reported.has(idOf(each)) && !isNull(each));
    // Where what had superseded one is deleted by the same run, the check may leave it to the next one.
    const leftOfDue = left.map(identityOf).filter((identity) => due.has(identity));
    assert.ok(leftOfDue.length <= orphans.spared, `${leftOfDue.join(', ')} are left`);
  }

  /** Each version once; and whoever would delete more than stays is asked. */
  #assertCounted({ kept, versions, dryRun }: GcResult, asked: readonly DeletionShare[]): void {
    const keptNames = new Set(kept.map(({ snapshot }) => snapshot));
    const keptVersions = new Set<string>();
    const marked = new Set<string>();
    for (const { name, entries } of this.#before.index) {
      for (const entry of entries) (keptNames.has(name) ? keptVersions : marked).add(identityOf(entry));
    }
    for (const identity of keptVersions) marked.delete(identity);
    // Some are found out only by the check: their witness is gone.
    assert.equal(versions.candidates - versions.kept, marked.size);
    const isDue = !dryRun && marked.size > keptVersions.size;
    if (versions.kept > 0) return;
    assert.deepEqual(
      asked.filter(({ of }) => of === 'named'),
      isDue ? [{ of: 'named', versions: marked.size, kept: keptVersions.size }] : [],
    );
  }

  /** Held snapshots, and as many others as the minimum redundancy says. */
  #assertKept(index: readonly SnapshotOnDisk[], minimumRedundancy: number): void {
    const isComplete = ({ state }: SnapshotOnDisk): boolean => state === 'complete';
    const complete = new Set(index.filter(isComplete).map(({ name }) => name));
    const before = this.#before.index.filter(isComplete);
    for (const { name } of before.filter(({ held }) => held))
      assert.ok(complete.has(name), `${name} was held`);
    for (const prefix of new Set(before.map((snapshot) => snapshot.prefix))) {
      const counting = before.filter((snapshot) => snapshot.prefix === prefix && snapshot.flags.length === 0);
      const due = Math.min(counting.length, Math.max(1, minimumRedundancy));
      const kept = counting.filter(({ name }) => complete.has(name));
      assert.ok(kept.length >= due, `${kept.length} of ${counting.length} are left, ${due} are due`);
    }
  }

  #noteReleased(index: readonly SnapshotOnDisk[]): void {
    const onDisk = new Set(index.map(({ name }) => name));
    const current = this.#current();
    for (const { name, entries } of this.#before.index) {
      if (onDisk.has(name)) continue;
      for (const identity of entries.map(identityOf)) {
        this.#released.add(identity);
        if (current.has(identity) || this.#before.current.has(identity)) this.#leftAsCurrent.add(identity);
      }
    }
  }

  #assertNothingRemains(index: readonly SnapshotOnDisk[], { failures }: GcResult): void {
    const named = new Set(index.flatMap(({ entries }) => entries.map(identityOf)));
    const reported = new Set(failures.map(idOf));
    const remaining = this.#versions().filter((version) => {
      const identity = identityOf(version);
      const isExcused = this.#leftAsCurrent.has(identity) || reported.has(idOf(version));
      return this.#released.has(identity) && !named.has(identity) && !isExcused;
    });
    assert.deepEqual(remaining.map(identityOf), []);
    const ranges = new Set(index.flatMap(({ rangeHashes }) => rangeHashes));
    assert.deepEqual(rangesOnDisk(this.#snapshotsDir), [...ranges].sort());
    for (const name of ['plans', 'marks']) {
      const folder = join(this.#snapshotsDir, name);
      if (existsSync(folder)) assert.deepEqual(readdirSync(folder), []);
    }
  }

  #versions(): HeldVersion[] {
    return [...this.#server.s3.buckets.versions(bucketName)];
  }

  #present(): Set<string> {
    return new Set(this.#versions().map(identityOf));
  }

  #current(): Set<string> {
    return new Set(
      this.#versions()
        .filter(({ isLatest }) => isLatest)
        .map(identityOf),
    );
  }
}

/** What a snapshot should hold of these versions, newest first within a key: identities by key. */
function currentAsOf(
  versions: readonly HeldVersion[],
  { asOfMs, prefix }: SnapshotOnDisk,
): Map<string, string> {
  const newest = new Map<string, HeldVersion>();
  for (const version of versions) {
    const isOldEnough = Math.floor(version.lastModifiedMs / 1000) * 1000 <= asOfMs;
    if (!isOldEnough || newest.has(version.key) || !version.key.startsWith(prefix)) continue;
    newest.set(version.key, version);
  }
  const live = [...newest.values()].filter(({ isDeleteMarker }) => !isDeleteMarker);
  return new Map(live.map((version) => [version.key, identityOf(version)]));
}

function idOf({ key, versionId }: { key: string; versionId: string }): string {
  return `${key} ${versionId}`;
}

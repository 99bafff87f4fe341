/** A vault, its writers and its backup: carries the steps of a history out and holds each run against brute force. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { DeletionShare } from '../../src/gc/options.ts';
import { collectGarbage } from '../../src/gc/gc.ts';
import type { GcBucket } from '../../src/gc/bucket.ts';
import type { VersionListing } from '../../src/s3/types.ts';
import type { ListVersionsOptions } from '../../src/s3/open-bucket.ts';
import type { SnapshotBucket } from '../../src/snapshot/bucket.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import type { HeldVersion } from '../../src/s3-embedded/index.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';
import { bucketName, type DisturbedServer } from './disturbed-server.ts';
import type { Disturbance, History, Step, Write } from './history.ts';
import { Judge } from './judge.ts';
import { modelMargins } from './orphans.ts';
import { Run, type RunOutcome } from './run.ts';
import type { SnapshotRepository } from '../../src/snapshots/repository.ts';

const observer = { log: silentLog, progress: () => undefined };

export class World {
  readonly #server: DisturbedServer;
  readonly #clock: ManualClock;
  readonly #keys: readonly string[];
  readonly #history: History;
  readonly #snapshotsDir: string;
  readonly #judge: Judge;
  #isSuspended = false;
  #lateVersions = 0;

  constructor(
    server: DisturbedServer,
    clock: ManualClock,
    keys: readonly string[],
    history: History,
    snapshotsDir: string,
  ) {
    this.#server = server;
    this.#clock = clock;
    this.#keys = keys;
    this.#history = history;
    this.#snapshotsDir = snapshotsDir;
    this.#judge = new Judge(server, snapshotsDir);
    server.reset();
  }

  /** @throws AssertionError where a run broke a promise */
  async live(): Promise<void> {
    for (const step of this.#history.steps) {
      if ('write' in step) await this.#judge.allowLosses(() => this.#write(step));
      else if (step.step === 'snapshot') await this.#snapshot(step);
      else if (step.step === 'gc') await this.#collect(step);
      else await this.#judge.allowLosses(() => this.#happen(step));
    }
    await this.#judge.assertRestorable(this.#clock);
  }

  #write(write: Write): void {
    const { buckets } = this.#server.s3;
    const key = this.#keyOf(write.key);
    if (write.write === 'delete') {
      buckets.putVersion(bucketName, { key, isDeleteMarker: true });
      return;
    }
    const storageClass = write.archived ? 'DEEP_ARCHIVE' : 'STANDARD';
    buckets.putVersion(bucketName, { key, sizeBytes: write.sizeBytes, fillByte: 7, storageClass });
  }

  async #happen(step: Exclude<Step, Write | { step: 'snapshot' | 'gc' }>): Promise<void> {
    switch (step.step) {
      case 'wait':
        this.#clock.advance(step.seconds * 1000);
        return;
      case 'lock':
        if (step.on) this.#server.lockedKeys.add(this.#keyOf(step.key));
        else this.#server.lockedKeys.delete(this.#keyOf(step.key));
        return;
      case 'versioning':
        return this.#setVersioning(step.state);
      case 'late':
        return this.#arriveLate(step);
      case 'undelete': {
        const [newest] = this.#versionsOf(step.key);
        if (newest?.isDeleteMarker) await this.#deleteVersion(newest);
        return;
      }
      case 'delete-version': {
        const version = this.#versionsOf(step.key)[step.place];
        if (version !== undefined) await this.#deleteVersion(version);
        return;
      }
      case 'expire':
        for (const key of this.#keys.keys()) {
          const expired = this.#versionsOf(key).slice(1 + step.keepNoncurrent);
          for (const version of expired) await this.#deleteVersion(version);
        }
    }
  }

  #arriveLate({ key, ageSeconds, isDeleteMarker }: Extract<Step, { step: 'late' }>): void {
    if (this.#isSuspended) return;
    this.#lateVersions += 1;
    this.#server.s3.buckets.putVersion(bucketName, {
      key: this.#keyOf(key),
      versionId: `late-${this.#lateVersions}`,
      lastModifiedMs: this.#clock.nowMs() - ageSeconds * 1000,
      byTime: true,
      ...(isDeleteMarker ? { isDeleteMarker } : { sizeBytes: 3 }),
    });
  }

  async #setVersioning(state: 'Enabled' | 'Suspended'): Promise<void> {
    this.#isSuspended = state === 'Suspended';
    await this.#server.client.send(
      new PutBucketVersioningCommand({ Bucket: bucketName, VersioningConfiguration: { Status: state } }),
    );
  }

  async #deleteVersion({ key, versionId }: HeldVersion): Promise<void> {
    await this.#server.client.send(
      new DeleteObjectCommand({ Bucket: bucketName, Key: key, VersionId: versionId }),
    );
  }

  #keyOf(number: number): string {
    return this.#keys[number % this.#keys.length] as string;
  }

  #versionsOf(number: number): HeldVersion[] {
    const key = this.#keyOf(number);
    return [...this.#server.s3.buckets.versions(bucketName)].filter((version) => version.key === key);
  }

  async #snapshot(step: Extract<Step, { step: 'snapshot' }>): Promise<void> {
    const { atSecondsAgo, prefix, hold, disturbance } = step;
    const resume = step.resume && this.#hasUnfinished();
    const outcome = await this.#run(disturbance, (repository, signal) =>
      takeSnapshot(
        {
          set: 'default',
          prefix,
          hold,
          resume,
          tags: {},
          note: '',
          concurrency: this.#history.concurrency,
          ...(atSecondsAgo !== undefined && { atMs: this.#clock.nowMs() - atSecondsAgo * 1000 }),
        },
        { repository, bucket: this.#slave(), clock: this.#clock, observer, signal },
      ),
    );
    this.#judge.judgeSnapshot(outcome, { disturbance, resume });
  }

  /** A journal beside its manifest is that of a snapshot that is finished. */
  #hasUnfinished(): boolean {
    const folder = join(this.#snapshotsDir, 'unfinished');
    if (!existsSync(folder)) return false;
    const names = readdirSync(folder).map((file) => file.replace(/\.journal$/, ''));
    return names.some((name) => !existsSync(join(this.#snapshotsDir, 'manifests', `${name}.json`)));
  }

  async #collect(step: Extract<Step, { step: 'gc' }>): Promise<void> {
    const { disturbance, policy, minimumRedundancy, dryRun, force, orphans } = step;
    const asked: DeletionShare[] = [];
    const confirm = async (share: DeletionShare): Promise<boolean> => {
      asked.push(share);
      return true;
    };
    this.#judge.beforeGc(orphans, this.#clock.nowMs());
    const outcome = await this.#run(disturbance, (repository, signal) =>
      collectGarbage(
        {
          policy,
          minimumRedundancy,
          dryRun,
          force,
          confirm,
          orphans,
          margins: modelMargins,
          concurrency: this.#history.concurrency,
        },
        {
          repository,
          snapshotsDir: this.#snapshotsDir,
          bucket: this.#slave(),
          clock: this.#clock,
          observer,
          signal,
        },
      ),
    );
    this.#judge.judgeGc(outcome, {
      disturbance,
      dryRun,
      minimumRedundancy,
      asked,
      nowMs: this.#clock.nowMs(),
    });
  }

  async #run<T>(
    disturbance: Disturbance,
    work: (repository: SnapshotRepository, signal: AbortSignal) => Promise<T>,
  ): Promise<RunOutcome<T>> {
    const write = (each: Write): void => this.#judge.noteLosses(() => this.#write(each));
    // Runs that follow each other begin at different times.
    this.#clock.advance(1);
    const run = new Run(this.#snapshotsDir, this.#clock, disturbance, write);
    this.#server.begin(run, disturbance.faultSeed);
    try {
      return await run.execute(work);
    } finally {
      this.#server.end();
    }
  }

  /** Small pages. */
  #slave(): GcBucket & SnapshotBucket {
    const { bucket } = this.#server;
    const { pageSize } = this.#history;
    return {
      name: bucket.name,
      region: bucket.region,
      endpoint: bucket.endpoint,
      versioning: () => bucket.versioning(),
      serverTimeMs: () => bucket.serverTimeMs(),
      lifecycleRules: () => bucket.lifecycleRules(),
      listVersions: (listing: Omit<VersionListing, 'bucket'>, options: ListVersionsOptions) =>
        bucket.listVersions({ ...listing, pageSize }, options),
      listVersionRows: (listing: Omit<VersionListing, 'bucket'>, options: ListVersionsOptions) =>
        bucket.listVersionRows({ ...listing, pageSize }, options),
      deleteVersions: (versions, options) => bucket.deleteVersions(versions, options),
    };
  }
}

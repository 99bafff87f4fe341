/** Use case: takes over the snapshot files of the old program, so that restore and gc treat them as their own. */
import { whileHeld, type Held } from '../catalogue/while-held.ts';
import { checkSlaveBucket } from '../snapshot/check-bucket.ts';
import type { SnapshotBucket } from '../snapshot/bucket.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import { importFile, type FileDependencies, type ImportBucket, type ImportedFile } from './import-file.ts';
import { KeptListing } from './listing.ts';
import { OldFileError, oldFilesIn, timeOf, type OldFile } from './old-file.ts';

export interface ImportFailure {
  file: string;
  /** Null where the file as a whole was not taken. */
  key: string | null;
  versionId: string | null;
  reason: string;
}

export interface ImportResult {
  set: string;
  bucket: string;
  /** By as-of time. */
  snapshots: ImportedFile[];
  /** What was not taken: files, and single versions of others. */
  failed: number;
  /** The first thousand of them. */
  failures: ImportFailure[];
  durationMs: number;
}

export interface ImportDependencies extends FileDependencies {
  bucket: ImportBucket & Pick<SnapshotBucket, 'versioning' | 'lifecycleRules'>;
}

const mostFailuresListed = 1000;

/**
 * Files that cannot be taken, and versions in the others, are in the result; the rest goes on. A file that was taken over before
 * is left alone.
 * @throws BackupError USAGE for a folder that cannot be read; LOCKED, BUCKET_MISSING, BUCKET_UNVERSIONED, SNAPSHOTS_DIR, and what
 * the server throws: what was taken until then stays, and running again goes on
 */
export async function importSnapshots(
  { set, folder }: { set: string; folder: string },
  given: ImportDependencies,
): Promise<ImportResult> {
  const { repository, bucket, clock } = given;
  const startMs = clock.nowMs();
  const files = await oldFilesIn(folder);
  const lock = repository.lock('shared', 'import-snapshots', { isUnique: true });
  const dependencies = whileHeld(lock, given);
  const run = new ImportRun(set, `import-${startMs}`, dependencies);
  try {
    const { log } = dependencies.observer;
    await checkSlaveBucket(bucket, log);
    await run.takeAll(files);
    await refreshExclusiveBytes(repository, bucket.name, { signal: dependencies.signal, log });
    const { snapshots, failed, failures } = run;
    return { set, bucket: bucket.name, snapshots, failed, failures, durationMs: clock.nowMs() - startMs };
  } finally {
    await run.end();
    lock.release();
  }
}

class ImportRun {
  readonly #set: string;
  readonly #name: string;
  readonly #dependencies: FileDependencies & Held;
  #listing: KeptListing | undefined;
  readonly snapshots: ImportedFile[] = [];
  readonly failures: ImportFailure[] = [];
  failed = 0;

  constructor(set: string, name: string, dependencies: FileDependencies & Held) {
    this.#set = set;
    this.#name = name;
    this.#dependencies = dependencies;
  }

  /** The oldest first: each is compared with the one before it (trap 28). */
  async takeAll(files: readonly OldFile[]): Promise<void> {
    const timed: { file: OldFile; timeMs: number }[] = [];
    for (const file of files)
      await this.#noting(file, async () => timed.push({ file, timeMs: await timeOf(file) }));
    timed.sort((a, b) => a.timeMs - b.timeMs);
    for (const { file, timeMs } of timed) await this.#noting(file, () => this.#take(file, timeMs));
  }

  async end(): Promise<void> {
    await this.#listing?.remove();
  }

  async #take(file: OldFile, timeMs: number): Promise<void> {
    const request = {
      set: this.#set,
      file,
      timeMs,
      runName: `${this.#name}-${this.snapshots.length}`,
      onUnusable: (unusable: Omit<ImportFailure, 'file'>) => this.#fail(file, unusable),
    };
    const taken = await importFile(request, () => this.#list(), this.#dependencies);
    this.snapshots.push(taken);
    const { log } = this.#dependencies.observer;
    for (const flag of taken.flags)
      log.warn('the snapshot is flagged: it counts for nothing', { snapshot: taken.snapshot, flag });
    if (taken.missing > 0) {
      const message = 'the bucket does not have all versions that the old snapshot names';
      log.warn(message, { snapshot: taken.snapshot, missing: taken.missing });
    }
  }

  /** Only where a file is new: a rerun has nothing to ask the bucket for. */
  async #list(): Promise<KeptListing> {
    const { bucket, snapshotsDir } = this.#dependencies;
    const place = { snapshotsDir, name: `${this.#name}-listing` };
    this.#listing ??= await KeptListing.of(bucket, place, this.#dependencies);
    return this.#listing;
  }

  async #noting(file: OldFile, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof OldFileError)) throw error;
      this.#fail(file, { key: null, versionId: null, reason: error.message });
    }
  }

  #fail({ name }: OldFile, { key, versionId, reason }: Omit<ImportFailure, 'file'>): void {
    this.failed += 1;
    if (this.failures.length < mostFailuresListed) this.failures.push({ file: name, key, versionId, reason });
  }
}

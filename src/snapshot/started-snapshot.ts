/**
 * A snapshot that is being taken: begun, or taken up where an earlier run was stopped. While it runs it holds a lock of its own
 * name, so that no two runs take up the same one, nor take one up that still runs.
 */
import type { Lock } from '../catalogue/locks.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import { DEFAULT_CUT_BITS } from '../index/cut.ts';
import type { RangeStore } from '../index/range-store.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import {
  lockNameOf,
  type JournalledRange,
  type SnapshotIntent,
  type SnapshotJournal,
  type UnfinishedSnapshot,
} from '../snapshots/unfinished.ts';
import { namesOf } from './name.ts';
import type { SnapshotDependencies, SnapshotOptions } from './options.ts';

export interface StartedSnapshot {
  intent: SnapshotIntent;
  journal: SnapshotJournal;
  /** What earlier runs have finished. */
  finished: readonly JournalledRange[];
  lock: Lock;
}

/** @param asOfMs the second is over */
export async function beginSnapshot(
  options: SnapshotOptions,
  asOfMs: number,
  { repository, bucket, clock }: SnapshotDependencies,
): Promise<StartedSnapshot> {
  const intentAs = (snapshot: string): SnapshotIntent => ({
    format: 2,
    snapshot,
    set: options.set,
    bucket: bucket.name,
    endpoint: bucket.endpoint,
    prefix: options.prefix,
    asOf: new Date(asOfMs).toISOString(),
    listingStartedAt: new Date(clock.nowMs()).toISOString(),
    held: options.hold,
    tags: options.tags,
    note: options.note,
    cutBits: DEFAULT_CUT_BITS,
  });
  for (const name of namesOf(asOfMs)) {
    const started = await beginAs(intentAs(name), repository);
    if (started !== undefined) return started;
  }
  throw new Error('There is always another name.');
}

/** Undefined where the name is taken: by a snapshot, by an unfinished one, or by a run that is beginning one just now. */
async function beginAs(
  intent: SnapshotIntent,
  repository: SnapshotRepository,
): Promise<StartedSnapshot | undefined> {
  const lock = tryLock(repository, intent.snapshot);
  if (lock === undefined) return undefined;
  try {
    // Only then: a run that had the name has written its manifest before it gave up the lock.
    const taken = await repository.manifests.list();
    if (!taken.includes(intent.snapshot)) {
      return {
        intent,
        lock,
        finished: [],
        journal: await repository.unfinished.begin(intent, repository.ranges),
      };
    }
  } catch (error) {
    lock.release();
    if (error instanceof BackupError && systemErrorCode(error.cause) === 'EEXIST') return undefined;
    throw error;
  }
  lock.release();
  return undefined;
}

/**
 * Takes up the newest unfinished snapshot of this set and bucket that no run works on.
 * @throws BackupError SNAPSHOT_UNKNOWN where there is none; LOCKED where another run takes it up at this moment
 */
export async function resumeSnapshot(
  set: string,
  { repository, bucket, observer }: SnapshotDependencies,
): Promise<StartedSnapshot> {
  for (;;) {
    const newest = (await interruptedSnapshots(repository, bucket.name)).findLast(
      ({ intent }) => intent.set === set && intent.endpoint === bucket.endpoint,
    );
    if (newest === undefined) throw nothingToResume(bucket.name);
    const { snapshot } = newest.intent;
    const lock = repository.lock('shared', lockNameOf(snapshot), { isUnique: true });
    const started = await takeUp(snapshot, lock, { repository, observer });
    if (started !== undefined) return started;
  }
}

function nothingToResume(bucket: string): BackupError {
  return new BackupError('SNAPSHOT_UNKNOWN', `There is no unfinished snapshot of ${bucket} to resume.`, {
    hint: 'Run the command without --resume to begin a new one.',
  });
}

/**
 * Reads it under its lock: another run may have gone on with it, or ended it, since it was found.
 * @returns undefined where it is unfinished no more
 */
async function takeUp(
  snapshot: string,
  lock: Lock,
  { repository, observer }: Pick<SnapshotDependencies, 'repository' | 'observer'>,
): Promise<StartedSnapshot | undefined> {
  try {
    const isComplete = (await repository.manifests.list()).includes(snapshot);
    const unfinished = isComplete ? undefined : await repository.unfinished.read(snapshot);
    if (unfinished === undefined) {
      lock.release();
      return undefined;
    }
    const { intent } = unfinished;
    const finished = await stillThere(unfinished.finished, repository.ranges);
    const lost = unfinished.finished.length - finished.length;
    if (lost > 0)
      observer.log.warn('what parts of the unfinished snapshot name is gone: they are listed again', {
        parts: lost,
      });
    const journal = await repository.unfinished.resume({ intent, finished }, repository.ranges);
    return { intent, journal, finished, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The unfinished snapshots of a bucket that no run works on, by as-of time. */
export async function interruptedSnapshots(
  repository: SnapshotRepository,
  bucket: string,
): Promise<UnfinishedSnapshot[]> {
  const complete = new Set(await repository.manifests.list());
  return (await repository.unfinished.list()).filter(
    ({ intent }) =>
      intent.bucket === bucket &&
      !complete.has(intent.snapshot) &&
      !repository.isLocked(lockNameOf(intent.snapshot)),
  );
}

function tryLock(repository: SnapshotRepository, snapshot: string): Lock | undefined {
  try {
    return repository.lock('shared', lockNameOf(snapshot), { isUnique: true });
  } catch (error) {
    if (error instanceof BackupError && error.code === 'LOCKED') return undefined;
    throw error;
  }
}

/** Those whose ranges exist. */
async function stillThere(
  finished: readonly JournalledRange[],
  store: RangeStore,
): Promise<JournalledRange[]> {
  const good: JournalledRange[] = [];
  for (const range of finished) if (await isThere(range, store)) good.push(range);
  return good;
}

async function isThere({ ranges }: JournalledRange, store: RangeStore): Promise<boolean> {
  for (const { hash } of ranges) if (!(await store.has(hash))) return false;
  return true;
}

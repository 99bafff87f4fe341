/**
 * Use case: brings a bucket to the contents of a snapshot. Plan first, whole; then carry it out. What is done is noted in a
 * journal of the destination, so that the same command again goes on where this one was stopped.
 */
import { whileHeld } from '../catalogue/while-held.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../index/manifest.ts';
import { entriesOf } from '../index/reader.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { Spool } from '../spool.ts';
import { bucketIdentity, BucketTarget } from './bucket-target.ts';
import { executePlan, nothingExecuted, type ExecuteResult } from './execute.ts';
import { failuresPath, RestoreJournal } from './journal.ts';
import { makePlan } from './make-plan.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';

export interface RestoreResult extends ExecuteResult {
  snapshot: string;
  destination: { bucket: string; prefix: string };
  plan: RestorePlan;
  thawing: number;
  /** What an interrupted run of the same command had copied; null where this one began anew. */
  resumed: { copied: number } | null;
  dryRun: boolean;
  durationMs: number;
}

/**
 * Failures of single keys are in the result, the rest goes on.
 * @throws BackupError LOCKED, INDEX_DAMAGED, REFUSED, BUCKET_MISSING, LISTING_INVALID, USAGE, and what the first hundred keys all fail with
 */
export async function restore(options: RestoreOptions, given: RestoreDependencies): Promise<RestoreResult> {
  const { repository, clock, destination } = given;
  const startMs = clock.nowMs();
  const identity = bucketIdentity(destination);
  // Two at once would each take what the other has copied for somebody else's.
  const lock = repository.lock('shared', options.dryRun ? 'restore' : `restore into ${identity}`, {
    isUnique: !options.dryRun,
  });
  const dependencies = whileHeld(lock, given);
  try {
    const manifest = await repository.read(options.snapshot);
    refuseWhereDeleting(manifest, options.force);
    refuseOtherStore(dependencies);
    await checkDestination(options, dependencies);
    const done = options.dryRun
      ? await planOnly(manifest, identity, options, dependencies)
      : await planAndExecute(manifest, identity, options, dependencies);
    return {
      snapshot: options.snapshot,
      destination: { bucket: destination.name, prefix: options.toPrefix },
      ...done,
      thawing: 0,
      dryRun: options.dryRun,
      durationMs: clock.nowMs() - startMs,
    };
  } finally {
    lock.release();
  }
}

type Done = ExecuteResult & Pick<RestoreResult, 'plan' | 'resumed'>;

async function planOnly(
  manifest: Manifest,
  identity: string,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<Done> {
  const { snapshotsDir, observer } = dependencies;
  const journal = RestoreJournal.openExisting(snapshotsDir, identity, observer.log);
  try {
    return await withPlan(manifest, options, dependencies, journal, async (_plan, counts) => ({
      plan: counts,
      ...nothingExecuted,
      resumed: null,
    }));
  } finally {
    journal?.close();
  }
}

async function planAndExecute(
  manifest: Manifest,
  identity: string,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<Done> {
  const { snapshotsDir, observer } = dependencies;
  const journal = RestoreJournal.open(snapshotsDir, identity, observer.log);
  try {
    const { resumed } = journal.begin(intentOf(options));
    if (resumed !== undefined) {
      observer.log.warn('an earlier run of this restore was not finished: going on with it', {
        snapshot: options.snapshot,
        copied: resumed.copied,
      });
    }
    await abortUploads(journal, dependencies);
    const done = await withPlan(manifest, options, dependencies, journal, async (plan, counts, target) => ({
      plan: counts,
      ...(await executePlan(
        plan,
        counts,
        target,
        failuresPath(snapshotsDir, identity),
        options,
        dependencies,
      )),
      resumed: resumed ?? null,
    }));
    if (done.failed === 0) journal.finish();
    return done;
  } finally {
    journal.close();
  }
}

/** Makes the plan, in a file that is gone afterwards, and hands it to `work`. */
async function withPlan<T>(
  manifest: Manifest,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
  journal: RestoreJournal | undefined,
  work: (plan: Spool<DecidedAction>, counts: RestorePlan, target: BucketTarget) => Promise<T>,
): Promise<T> {
  const { repository, snapshotsDir, clock } = dependencies;
  const prefix = narrowerPrefix(manifest.prefix, options.prefix);
  const target = new BucketTarget(options, dependencies, journal, prefix);
  const name = `restore-${options.snapshot}-${process.pid}-${clock.nowMs()}`;
  const plan = await Spool.create<DecidedAction>(snapshotsDir, name);
  try {
    const entries = entriesOf(manifest, repository.ranges, { prefix });
    const counts = await makePlan(plan, entries, manifest.keys, target, dependencies);
    return await work(plan, counts, target);
  } finally {
    await plan.remove();
  }
}

/** What was asked for, as far as it decides what is restored where. */
function intentOf({ snapshot, prefix, toPrefix, deleteExtra }: RestoreOptions): string {
  return JSON.stringify({ snapshot, prefix, toPrefix, deleteExtra });
}

/** What killed runs left would be billed for ever. */
async function abortUploads(
  journal: RestoreJournal,
  { destination, observer }: RestoreDependencies,
): Promise<void> {
  for (const { id, key } of journal.uploads()) {
    await destination.abortUpload(key, id);
    observer.log.info('removed an unfinished upload of an earlier run', { key });
    journal.forgetUpload(id);
  }
}

function refuseWhereDeleting(manifest: Manifest, force: boolean): void {
  if (manifest.state === 'complete' || force) return;
  throw new BackupError(
    'REFUSED',
    `gc has begun to delete snapshot ${manifest.snapshot}: versions that it names are gone.`,
    {
      hint: 'Choose another snapshot, or add --force to restore what is left of it.',
    },
  );
}

/** Copies are the server's own: one store cannot read from another, and a bucket there may have the slave's name. */
function refuseOtherStore({ source, destination }: RestoreDependencies): void {
  if (source.endpoint === destination.endpoint) return;
  const name = (endpoint: string): string => (endpoint === '' ? 'Amazon S3' : endpoint);
  throw new BackupError(
    'CONFIG_INVALID',
    `Slave and destination are in two stores, ${name(source.endpoint)} and ${name(destination.endpoint)}: this version copies only within one.`,
    {
      hint: "Restore into a bucket of the slave's store: give MasterEndpoint and SlaveEndpoint the same value.",
    },
  );
}

async function checkDestination(
  { deleteExtra, force }: RestoreOptions,
  { destination, observer }: RestoreDependencies,
): Promise<void> {
  if ((await destination.versioning()) === 'enabled') return;
  if (deleteExtra && !force) {
    throw new BackupError(
      'REFUSED',
      `Versioning is not on in bucket ${destination.name}: --delete-extra would delete objects there for good.`,
      { hint: 'Switch versioning on, leave --delete-extra out, or add --force.' },
    );
  }
  observer.log.warn('versioning is not on in the destination: what the restore overwrites there is gone', {
    bucket: destination.name,
  });
}

/**
 * Use case: brings a bucket or a directory to the contents of a snapshot. Plan first, whole; then carry it out. What is done is
 * noted in a journal of the destination, so that the same command again goes on where this one was stopped.
 */
import { whileHeld } from '../catalogue/while-held.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../index/manifest.ts';
import { entriesOf } from '../index/reader.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { Spool } from '../spool.ts';
import { carryIdentity } from './carry.ts';
import { openDestination, type OpenedDestination } from './destination.ts';
import { executePlan, nothingExecuted, type ExecuteResult } from './execute.ts';
import { failuresPath, RestoreJournal } from './journal.ts';
import { makePlan } from './make-plan.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import { keyFilter, selected } from './selection.ts';
import type { RestoreTarget } from './target.ts';

export interface RestoreResult extends ExecuteResult {
  snapshot: string;
  destination: { bucket?: string; directory?: string; prefix: string };
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
  const { repository, clock } = given;
  const startMs = clock.nowMs();
  const lock = repository.lock('shared', 'restore');
  const dependencies = whileHeld(lock, given);
  try {
    const manifest = await repository.read(options.snapshot);
    refuseWhereDeleting(manifest, options.force);
    const destination = await openDestination(options, dependencies);
    const done = options.dryRun
      ? await planOnly(manifest, destination, options, dependencies)
      : await planAndExecute(manifest, destination, options, dependencies);
    return {
      snapshot: options.snapshot,
      destination: { ...destination.shown, prefix: options.toPrefix },
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
  { identity, targetWith }: OpenedDestination,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<Done> {
  const { snapshotsDir, observer } = dependencies;
  const journal = RestoreJournal.openExisting(snapshotsDir, identity, observer.log);
  try {
    const target = targetWith(journal, narrowerPrefix(manifest.prefix, options.prefix));
    return await withPlan(manifest, target, options, dependencies, async (_plan, counts) => ({
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
  { identity, targetWith }: OpenedDestination,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<Done> {
  const { repository, snapshotsDir, observer } = dependencies;
  // Two at once would each take what the other has copied for somebody else's.
  const lock = repository.lock('shared', `restore into ${identity}`, { isUnique: true });
  const journal = RestoreJournal.open(snapshotsDir, identity, observer.log);
  try {
    const { resumed } = journal.begin(intentOf(options));
    if (resumed !== undefined) {
      observer.log.warn('an earlier run of this restore was not finished: going on with it', {
        snapshot: options.snapshot,
        copied: resumed.copied,
      });
    }
    const target = targetWith(journal, narrowerPrefix(manifest.prefix, options.prefix));
    await removeUnfinished(journal, target, dependencies);
    const done = await withPlan(manifest, target, options, dependencies, async (plan, counts) => {
      await target.prepare(counts);
      const failed = failuresPath(snapshotsDir, identity);
      const executed = await executePlan(plan, counts, target, failed, options, dependencies);
      return { plan: counts, ...executed, resumed: resumed ?? null };
    });
    if (done.failed === 0) journal.finish();
    return done;
  } finally {
    journal.close();
    lock.release();
  }
}

/** Makes the plan, in a file that is gone afterwards, and hands it to `work`. */
async function withPlan<T>(
  manifest: Manifest,
  target: RestoreTarget,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
  work: (plan: Spool<DecidedAction>, counts: RestorePlan) => Promise<T>,
): Promise<T> {
  const { repository, snapshotsDir, clock } = dependencies;
  const name = `restore-${options.snapshot}-${process.pid}-${clock.nowMs()}`;
  const plan = await Spool.create<DecidedAction>(snapshotsDir, name);
  try {
    const prefix = narrowerPrefix(manifest.prefix, options.prefix);
    const entries = selected(entriesOf(manifest, repository.ranges, { prefix }), keyFilter(options));
    return await work(plan, await makePlan(plan, entries, manifest.keys, target, dependencies));
  } finally {
    await plan.remove();
  }
}

/** What was asked for, as far as it decides what is restored where. */
function intentOf(options: RestoreOptions): string {
  const {
    snapshot,
    prefix,
    toPrefix,
    deleteExtra,
    include = [],
    exclude = [],
    escapeNames = false,
  } = options;
  const carried = carryIdentity(options);
  return JSON.stringify({ snapshot, prefix, toPrefix, deleteExtra, include, exclude, escapeNames, carried });
}

/** What killed runs left would be billed for ever, or take up space. */
async function removeUnfinished(
  journal: RestoreJournal,
  target: RestoreTarget,
  { observer }: RestoreDependencies,
): Promise<void> {
  for (const upload of journal.uploads()) {
    await target.removeUnfinished(upload);
    observer.log.info('removed what an earlier run had begun and not finished', { key: upload.key });
    journal.forgetUpload(upload.id);
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

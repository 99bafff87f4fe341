/**
 * Use case: brings a bucket or a directory to the contents of a snapshot. Plan first, whole; then carry it out. What is done is
 * noted in a journal of the destination, so that the same command again goes on where this one was stopped.
 */
import { whileHeld } from '../catalogue/while-held.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../index/manifest.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { carryIdentity } from './carry.ts';
import { openDestination, type OpenedDestination } from './destination.ts';
import type { Executed } from './execute.ts';
import { executePlan } from './execute-plan.ts';
import { Failures, type Failure } from './failures.ts';
import { failuresPath, RestoreJournal } from './journal.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import { plannedAction, writePlanFile, type PlannedAction } from './show-plan.ts';
import type { RestoreTarget } from './target.ts';
import { verifyRestored, type RestoreVerification } from './verify.ts';
import { withPlan } from './with-plan.ts';

export interface RestoreResult extends Executed {
  snapshot: string;
  destination: { bucket?: string; directory?: string; prefix: string };
  plan: RestorePlan;
  /** Of a dry run: every action, unless there are more than 10,000, which `--plan-file` takes; else null. */
  actions: PlannedAction[] | null;
  failed: number;
  /** The first 10,000. */
  failures: Failure[];
  /** A line of JSON for each failure; null where nothing failed. */
  failuresFile: string | null;
  /** Archived versions that are being thawed: the same command restores them later. */
  thawing: number;
  /** What an interrupted run of the same command had copied; null where this one began anew. */
  resumed: { copied: number } | null;
  /** The snapshot that was taken of the destination before; null where there is none. */
  undoPoint: string | null;
  /** Null where it was not asked for. */
  verification: RestoreVerification | null;
  dryRun: boolean;
  durationMs: number;
}

const nothingExecuted = { copied: 0, undeleted: 0, deleted: 0, failed: 0, bytes: 0, thawing: 0 };
/** In the result. */
const maxActions = 10_000;

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
      dryRun: options.dryRun,
      durationMs: clock.nowMs() - startMs,
    };
  } finally {
    lock.release();
  }
}

type Done = Omit<RestoreResult, 'snapshot' | 'destination' | 'dryRun' | 'durationMs'>;

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
    return await withPlan(manifest, target, options, dependencies, async (plan, counts) => {
      const shown = async function* (): AsyncGenerator<PlannedAction> {
        for await (const action of plan.items())
          if (action.action !== 'same') yield plannedAction(action, options.deleteExtra);
      };
      if (options.planFile !== undefined) await writePlanFile(options.planFile, shown());
      const actions = counts.copy + counts.extra > maxActions ? null : await Array.fromAsync(shown());
      const none = { failures: [], failuresFile: null, resumed: null, undoPoint: null, verification: null };
      return { plan: counts, actions, ...nothingExecuted, ...none };
    });
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
  const failures = await Failures.begin(failuresPath(snapshotsDir, identity));
  try {
    const { resumed, undoPoint } = journal.begin(intentOf(options));
    if (resumed !== undefined) {
      observer.log.warn('an earlier run of this restore was not finished: going on with it', {
        snapshot: options.snapshot,
        copied: resumed.copied,
      });
    }
    const prefix = narrowerPrefix(manifest.prefix, options.prefix);
    const target = targetWith(journal, prefix);
    await removeUnfinished(journal, target, dependencies);
    const done = await withPlan(manifest, target, options, dependencies, async (plan, counts) => {
      await target.prepare(counts);
      const undo = undoPoint ?? (await undoPointFor(counts, journal, prefix, options, dependencies));
      const executed = await executePlan(plan, { target, planned: counts, failures, options, dependencies });
      return { plan: counts, ...executed, undoPoint: undo ?? null };
    });
    const verification =
      options.verify === true ? await verifyRestored(manifest, target, options, dependencies) : null;
    if (failures.count === 0 && done.thawing === 0 && (verification?.different ?? 0) === 0) journal.finish();
    const failed = { failed: failures.count, failures: failures.listed, failuresFile: failures.path ?? null };
    return { ...done, ...failed, actions: null, resumed: resumed ?? null, verification };
  } finally {
    await failures.close();
    journal.close();
    lock.release();
  }
}

/** Only where there is something to undo; a resumed run has the one of its first. */
async function undoPointFor(
  { copy, extra }: RestorePlan,
  journal: RestoreJournal,
  prefix: string,
  { toPrefix, deleteExtra }: RestoreOptions,
  { takeUndoPoint }: RestoreDependencies,
): Promise<string | undefined> {
  if (takeUndoPoint === undefined || (copy === 0 && !(deleteExtra && extra > 0))) return undefined;
  const undoPoint = await takeUndoPoint(toPrefix + prefix);
  if (undoPoint !== undefined) journal.noteUndoPoint(undoPoint);
  return undoPoint;
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
    excludeTags = [],
    escapeNames = false,
  } = options;
  const carried = carryIdentity(options);
  const tags = excludeTags.length === 0 ? undefined : excludeTags;
  const selection = { prefix, toPrefix, deleteExtra, include, exclude, tags };
  return JSON.stringify({ snapshot, ...selection, escapeNames, carried });
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

/** Use case: brings a bucket to the contents of a snapshot. Plan first, whole; then carry it out. */
import { whileHeld } from '../catalogue/while-held.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import type { Manifest } from '../index/manifest.ts';
import { entriesOf } from '../index/reader.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { Spool } from '../spool.ts';
import { executePlan, type ExecuteResult } from './execute.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import { currentVersions, planActions, type DecidedAction } from './plan.ts';
import { decideByMetadata } from './same-metadata.ts';

export interface RestoreResult extends ExecuteResult {
  snapshot: string;
  destination: { bucket: string; prefix: string };
  plan: RestorePlan;
  thawing: number;
  dryRun: boolean;
  durationMs: number;
}

/**
 * Failures of single keys are in the result, the rest goes on.
 * @throws BackupError LOCKED, INDEX_DAMAGED, REFUSED, BUCKET_MISSING, LISTING_INVALID, USAGE
 */
export async function restore(options: RestoreOptions, given: RestoreDependencies): Promise<RestoreResult> {
  const { repository, clock, destination } = given;
  const startMs = clock.nowMs();
  const lock = repository.lock('shared', 'restore');
  const dependencies = whileHeld(lock, given);
  try {
    const manifest = await repository.read(options.snapshot);
    refuseWhereDeleting(manifest, options.force);
    refuseOtherStore(dependencies);
    await checkDestination(options, dependencies);
    const plan = await Spool.create<DecidedAction>(
      dependencies.snapshotsDir,
      `restore-${options.snapshot}-${process.pid}-${startMs}`,
    );
    try {
      const counts = await makePlan(plan, manifest, options, dependencies);
      const executed = options.dryRun
        ? nothingExecuted
        : await executePlan(plan, counts, options, dependencies);
      return {
        snapshot: options.snapshot,
        destination: { bucket: destination.name, prefix: options.toPrefix },
        plan: counts,
        ...executed,
        thawing: 0,
        dryRun: options.dryRun,
        durationMs: clock.nowMs() - startMs,
      };
    } finally {
      await plan.remove();
    }
  } finally {
    lock.release();
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

const nothingExecuted: ExecuteResult = { copied: 0, deleted: 0, failed: 0, bytes: 0, failures: [] };

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

async function makePlan(
  plan: Spool<DecidedAction>,
  manifest: Manifest,
  { prefix, toPrefix, concurrency }: RestoreOptions,
  { repository, source, destination, observer, signal }: RestoreDependencies,
): Promise<RestorePlan> {
  const within = narrowerPrefix(manifest.prefix, prefix);
  const entries = entriesOf(manifest, repository.ranges, { prefix: within });
  const pages = destination.listVersions({ prefix: toPrefix + within }, { signal });
  const counts: RestorePlan = { copy: 0, same: 0, extra: 0, thaw: 0, bytes: 0 };
  let done = 0;
  for await (const actions of planActions(entries, currentVersions(pages, toPrefix))) {
    signal.throwIfAborted();
    const decided: DecidedAction[] = [];
    const unclear: Entry[] = [];
    for (const action of actions) {
      if (action.action === 'compare') unclear.push(action.entry);
      else decided.push(action);
    }
    await forEachConcurrently(unclear, concurrency, async (entry) => {
      decided.push(await decideByMetadata(entry, toPrefix + entry.key, source, destination, signal));
    });
    for (const action of decided) count(counts, action);
    await plan.add(decided.filter((action) => action.action !== 'same'));
    done += actions.length;
    observer.progress({ phase: 'planning', done, unit: 'keys', total: manifest.keys });
  }
  await plan.flush();
  return counts;
}

function count(counts: RestorePlan, action: DecidedAction): void {
  if (action.action === 'extra') counts.extra += 1;
  else if (action.action === 'same') counts.same += 1;
  else {
    counts.copy += 1;
    counts.bytes += action.entry.sizeBytes;
  }
}

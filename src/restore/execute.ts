/** Carries a plan out with bounded concurrency. A key that fails is listed, and the rest goes on. */
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { Failures } from './failures.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import type { Outcome, RestoreTarget } from './target.ts';

export interface Executed {
  copied: number;
  /** Objects that are back because the delete markers on top of them were removed. */
  undeleted: number;
  deleted: number;
  /** Of what was copied. */
  bytes: number;
}

export interface Execution {
  target: RestoreTarget;
  planned: RestorePlan;
  /** Added to. */
  executed: Executed;
  failures: Failures;
  options: RestoreOptions;
  dependencies: RestoreDependencies;
  /** Gets what cannot be done yet, because it is being thawed. */
  onThawing: (action: DecidedAction) => Promise<void>;
}

/** @throws what interrupts it, and what all keys fail with; what fails for one key goes to the failures */
export async function executeActions(
  actions: AsyncIterable<DecidedAction>,
  execution: Execution,
): Promise<void> {
  const { target, planned, executed, failures, options, dependencies, onThawing } = execution;
  const { observer, signal, gate } = dependencies;
  const total = planned.copy + (options.deleteExtra ? planned.extra : 0);
  const carryOut = (action: DecidedAction): Promise<Outcome> =>
    gate === undefined ? target.carryOut(action) : gate.pass(() => target.carryOut(action));
  await forEachConcurrently(actions, options.concurrency, async (action) => {
    signal.throwIfAborted();
    if (action.action === 'extra' && !options.deleteExtra) return;
    try {
      const { outcome, ...of } = await carryOut(action);
      if (outcome === 'thawing') await onThawing(action);
      else executed[outcome] += 1;
      if ('bytes' in of) executed.bytes += of.bytes;
      failures.noteSuccess();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError) || isFatal(error)) throw error;
      const cause = error.cause instanceof Error ? error.cause.name : undefined;
      const failure = { ...nameOf(action), code: cause ?? error.code, message: error.message };
      observer.log.error('a key was not restored', { ...failure, versionId: failure.versionId ?? '' });
      await failures.note(failure, error);
    }
    observer.progress({
      phase: 'restoring',
      done: executed.copied + executed.undeleted + executed.deleted + failures.count,
      total,
      unit: 'objects',
      doneBytes: executed.bytes,
      totalBytes: planned.bytes,
    });
  });
}

/** What stands against the run, not against one key: a full disk; or a journal that cannot be written, as nothing would be known of what is done. */
function isFatal(error: BackupError): boolean {
  if (/^(ENOSPC|EDQUOT|EROFS)$/.test(systemErrorCode(error.cause) ?? '')) return true;
  return error.code === 'SNAPSHOTS_DIR' || error.code === 'CREDENTIALS' || error.code === 'BUCKET_MISSING';
}

function nameOf(action: DecidedAction): { key: string; versionId: string | null } {
  if (action.action === 'extra') return { key: action.key, versionId: null };
  return { key: action.entry.key, versionId: action.entry.versionId };
}

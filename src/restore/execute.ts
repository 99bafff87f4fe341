/** Carries a plan out with bounded concurrency. A key that fails is listed, and the rest goes on. */
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { Spool } from '../spool.ts';
import { Failures, type Failure } from './failures.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import type { Outcome, RestoreTarget } from './target.ts';

export interface ExecuteResult {
  copied: number;
  /** Objects that are back because the delete markers on top of them were removed. */
  undeleted: number;
  deleted: number;
  failed: number;
  /** Of what was copied. */
  bytes: number;
  /** The first 10,000. */
  failures: Failure[];
  /** A line of JSON for each failure; null where nothing failed. */
  failuresFile: string | null;
}

export const nothingExecuted: ExecuteResult = {
  copied: 0,
  undeleted: 0,
  deleted: 0,
  failed: 0,
  bytes: 0,
  failures: [],
  failuresFile: null,
};

/** Places of the plan that are worked on in turns. */
const places = 32;

/**
 * @param failuresPath where what fails is listed
 * @throws what interrupts it, and what all keys fail with; what fails for one key is in the result
 */
export async function executePlan(
  plan: Spool<DecidedAction>,
  planned: RestorePlan,
  target: RestoreTarget,
  failuresPath: string,
  options: RestoreOptions,
  { observer, signal }: RestoreDependencies,
): Promise<ExecuteResult> {
  const failures = await Failures.begin(failuresPath);
  const result = { ...nothingExecuted, failures: failures.listed };
  const total = planned.copy + (options.deleteExtra ? planned.extra : 0);
  try {
    await forEachConcurrently(plan.itemsFromAllOver(places), options.concurrency, async (action) => {
      signal.throwIfAborted();
      if (action.action === 'extra' && !options.deleteExtra) return;
      try {
        count(result, await target.carryOut(action));
        failures.noteSuccess();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof BackupError) || isFatal(error)) throw error;
        const failure = toFailure(action, error);
        observer.log.error('a key was not restored', { ...failure, versionId: failure.versionId ?? '' });
        await failures.note(failure, error);
      }
      observer.progress({
        phase: 'restoring',
        done: result.copied + result.undeleted + result.deleted + failures.count,
        total,
        unit: 'objects',
        doneBytes: result.bytes,
        totalBytes: planned.bytes,
      });
    });
  } finally {
    await failures.close();
  }
  return { ...result, failed: failures.count, failuresFile: failures.path ?? null };
}

function count(result: ExecuteResult, outcome: Outcome): void {
  if (outcome.outcome === 'copied') {
    result.copied += 1;
    result.bytes += outcome.bytes;
  } else if (outcome.outcome === 'undeleted') result.undeleted += 1;
  else result.deleted += 1;
}

/** What stands against the run, not against one key: a full disk; or a journal that cannot be written, as nothing would be known of what is done. */
function isFatal(error: BackupError): boolean {
  if (/^(ENOSPC|EDQUOT|EROFS)$/.test(systemErrorCode(error.cause) ?? '')) return true;
  return error.code === 'SNAPSHOTS_DIR' || error.code === 'CREDENTIALS' || error.code === 'BUCKET_MISSING';
}

function toFailure(action: DecidedAction, error: BackupError): Failure {
  const cause = error.cause instanceof Error ? error.cause.name : undefined;
  return {
    key: action.action === 'extra' ? action.key : action.entry.key,
    versionId: action.action === 'extra' ? null : action.entry.versionId,
    code: cause ?? error.code,
    message: error.message,
  };
}

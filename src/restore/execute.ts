/** Carries a plan out with bounded concurrency. A key that fails is listed, and the rest goes on. */
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { RestoreSource } from './bucket.ts';
import type { DecidedAction } from './plan.ts';
import type { Spool } from '../spool.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';

export interface Failure {
  key: string;
  versionId: string | null;
  code: string;
  message: string;
}

export interface ExecuteResult {
  copied: number;
  deleted: number;
  failed: number;
  /** Of what was copied. */
  bytes: number;
  failures: Failure[];
}

/** @throws what interrupts it; what fails for one key is in the result */
export async function executePlan(
  plan: Spool<DecidedAction>,
  planned: RestorePlan,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<ExecuteResult> {
  const { observer, signal } = dependencies;
  const result: ExecuteResult = { copied: 0, deleted: 0, failed: 0, bytes: 0, failures: [] };
  const total = planned.copy + (options.deleteExtra ? planned.extra : 0);
  await forEachConcurrently(plan.items(), options.concurrency, async (action) => {
    signal.throwIfAborted();
    try {
      await carryOut(action, result, options, dependencies);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError)) throw error;
      result.failures.push(toFailure(action, error));
      result.failed += 1;
      observer.log.error('a key was not restored', {
        key: keyOf(action),
        code: error.code,
        message: error.message,
      });
    }
    observer.progress({
      phase: 'restoring',
      done: result.copied + result.deleted + result.failed,
      total,
      unit: 'objects',
      doneBytes: result.bytes,
      totalBytes: planned.bytes,
    });
  });
  return result;
}

async function carryOut(
  action: DecidedAction,
  result: ExecuteResult,
  { toPrefix, deleteExtra }: RestoreOptions,
  { source, destination, signal }: RestoreDependencies,
): Promise<void> {
  if (action.action === 'copy') {
    const { entry } = action;
    if (entry.versionId === NULL_VERSION_ID) await checkNullVersion(entry, source);
    await destination.copyFrom({
      source: { bucket: source.name, key: entry.key, versionId: entry.versionId },
      key: toPrefix + entry.key,
      sizeBytes: entry.sizeBytes,
      storageClass: entry.storageClass,
      ...(entry.versionId === NULL_VERSION_ID && { ifMatchEtag: entry.etag }),
      signal,
    });
    result.copied += 1;
    result.bytes += entry.sizeBytes;
  } else if (action.action === 'extra' && deleteExtra) {
    await destination.deleteObject(toPrefix + action.key);
    result.deleted += 1;
  }
}

/** A `null` version is overwritten in place under its id: it must still be the one of the snapshot (trap 6). */
async function checkNullVersion(entry: Entry, source: RestoreSource): Promise<void> {
  const present = await source.head(entry.key, entry.versionId);
  const isUnchanged =
    present.etag === entry.etag &&
    present.sizeBytes === entry.sizeBytes &&
    Math.floor(present.lastModifiedMs / 1000) === Math.floor(entry.lastModifiedMs / 1000);
  if (isUnchanged) return;
  throw new BackupError(
    'FAILED',
    `The unversioned object ${JSON.stringify(entry.key)} was overwritten since.`,
    {
      hint: 'What the snapshot names is gone. It was written while versioning was off or suspended.',
    },
  );
}

function keyOf(action: DecidedAction): string {
  return action.action === 'extra' ? action.key : action.entry.key;
}

function toFailure(action: DecidedAction, error: BackupError): Failure {
  const cause = error.cause instanceof Error ? error.cause.name : undefined;
  return {
    key: keyOf(action),
    versionId: action.action === 'extra' ? null : action.entry.versionId,
    code: cause ?? error.code,
    message: error.message,
  };
}

/** What is due for single files: beside what is remembered of them, without a listing of the bucket. */
import type { Clock } from '../clock.ts';
import type { IsBusy } from './busy.ts';
import type { Change } from './changes.ts';
import type { DestinationEntry } from './destination.ts';
import { BackupError } from '../errors.ts';
import type { OpenFeed } from './open-feed.ts';
import { decide } from './plan.ts';
import { s3NameOf } from './problem.ts';
import type { SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

interface KeyDependencies {
  clock: Clock;
  tally: Tally;
  report: SourceWatch;
  isBusy: IsBusy;
  /** Everything was compared before: what is not remembered, not even as doubtful, is not in the bucket. */
  isAllRemembered: boolean;
  signal: AbortSignal;
}

export async function* keyChanges(
  feed: OpenFeed,
  keys: readonly string[],
  { clock, tally, report, isBusy, isAllRemembered, signal }: KeyDependencies,
): AsyncGenerator<Change> {
  const sinceMs = clock.nowMs() - (feed.site.modifiedWithinMs ?? Infinity);
  for (const key of new Set(keys)) {
    signal.throwIfAborted();
    if (!feed.covers(key)) continue;
    const entry = await feed.source.look(key, report);
    if (entry?.isSkipped === true) continue;
    if (entry !== undefined && entry.modifiedMs < sinceMs) continue;
    const remembered = feed.memory.of(key);
    const isDoubtful = remembered === undefined ? !isAllRemembered : remembered.etag === '';
    const object =
      remembered !== undefined && !isDoubtful
        ? { ...remembered, lastModifiedMs: 0, storageClass: remembered.storageClass ?? '' }
        : entry === undefined && isDoubtful
          ? await objectAt(feed, key, signal)
          : undefined;
    // Nothing came of what was asked for.
    if (entry === undefined && isDoubtful && object === undefined && remembered !== undefined)
      feed.memory.forget(key);
    const decision = decide({ entry, object, remembered }, feed.rules);
    if (decision === 'same') tally.same();
    else if (decision !== 'leave' && (entry === undefined || !isBusy(entry)))
      yield { key, decision, entry, object, remembered };
  }
}

/** Of what is gone the bucket may have something all the same. */
async function objectAt(
  { bucket, prefix }: OpenFeed,
  key: string,
  signal: AbortSignal,
): Promise<DestinationEntry | undefined> {
  try {
    return { key, ...(await bucket.head(prefix + key, undefined, { signal })) };
  } catch (error) {
    if (error instanceof BackupError && s3NameOf(error) === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Carries out uploads and comparisons with bounded concurrency. A key that fails is listed, and the rest goes on. */
import type { Clock } from '../clock.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { IsBusy } from './busy.ts';
import type { Change } from './changes.ts';
import { isSettled, noFileMs, type FileState } from './file-state.ts';
import type { BucketMaker, OpenFeed } from './open-feed.ts';
import { s3NameOf } from './problem.ts';
import { isTaggedDeleted } from './retire.ts';
import type { SourceEntry, SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

export interface BringDependencies {
  feed: OpenFeed;
  tally: Tally;
  report: SourceWatch;
  maker: BucketMaker;
  clock: Clock;
  workers: number;
  dryRun: boolean;
  isBusy: IsBusy;
  signal: AbortSignal;
}

/** S3 User Guide, "Naming Amazon S3 objects". */
const maxKeyBytes = 1024;

/** @throws what interrupts it, and what all keys fail with */
export async function bringAll(changes: AsyncIterable<Change>, given: BringDependencies): Promise<void> {
  const { feed, tally, report, workers, dryRun, signal } = given;
  await forEachConcurrently(changes, workers, async (change) => {
    signal.throwIfAborted();
    const { key, entry } = change;
    if (entry === undefined) throw new Error(`${key} is not in the source`);
    try {
      await bringOne(change, entry, given);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError) || isFatal(error)) throw error;
      const cause = s3NameOf(error);
      const problem = { key: feed.prefix + key, code: cause, message: error.message };
      // Whoever asked for that has been told.
      if (cause === 'BUSY') return;
      if (cause === 'VANISHED') {
        tally.missed += 1;
        report.skipped({ ...problem, key });
      } else if (cause === 'CHANGED') tally.failed(problem);
      else {
        if (!dryRun) feed.memory.doubt(key);
        tally.failedRequest(problem, error, feed.memory);
      }
    }
  });
}

/** What stands against the run, not against one key. */
function isFatal({ code }: BackupError): boolean {
  return code === 'SNAPSHOTS_DIR' || code === 'CREDENTIALS' || code === 'BUCKET_MISSING';
}

async function bringOne(change: Change, entry: SourceEntry, given: BringDependencies): Promise<void> {
  const { feed, tally, maker, dryRun, clock, signal } = given;
  const { key, object, remembered } = change;
  const { source, bucket, memory, rules } = feed;
  const whole = feed.prefix + key;
  const readAtMs = clock.nowMs();
  if (Buffer.byteLength(whole) > maxKeyBytes) {
    const message = `The key of ${key} of ${source.name} would be longer than keys can be (${maxKeyBytes} bytes).`;
    tally.failed({ key: whole, code: 'KEY_TOO_LONG', message });
    return;
  }
  if (change.decision === 'compare' && object !== undefined) {
    const known = remembered?.etag === object.etag ? remembered.contentEtag : undefined;
    const { isSame, contentEtag, read, isAnswered } = await source.compare(
      entry,
      object,
      known,
      whole,
      bucket,
    );
    const isOurs = known !== undefined && remembered?.modifiedMs !== noFileMs;
    if (isSame && (isOurs || !(await isTagged(feed, whole, signal)))) {
      tally.same(isAnswered);
      const about = { etag: object.etag, storageClass: object.storageClass, contentEtag };
      if (!dryRun) memory.remember(remembering(key, about, read ?? entry, readAtMs));
      return;
    }
  }
  if (dryRun) {
    tally.plan({ action: 'upload', bucket: bucket.name, key: whole, sizeBytes: entry.sizeBytes });
    return;
  }
  await maker.ready();
  const brought = await source.bring(entry, whole, bucket, {
    storageClass: rules.storageClass,
    isBusy: (changedMs) => given.isBusy({ key, changedMs }),
    signal,
    onUpload: (id) => memory.noteUpload(id, whole),
    onUploadEnd: (id) => memory.forgetUpload(id),
  });
  memory.remember(remembering(key, { ...brought, storageClass: rules.storageClass }, brought.read, readAtMs));
  memory.noteBrought();
  tally.uploaded(brought.sentBytes);
}

/** As deleted, where that is not known: nobody remembers having written the object, and its file is back (retire.ts). */
async function isTagged({ bucket, rules }: OpenFeed, key: string, signal: AbortSignal): Promise<boolean> {
  if (rules.retireDeleted !== 'tag') return false;
  return isTaggedDeleted(await bucket.tags(key, undefined, { signal }));
}

interface About {
  etag: string;
  contentEtag?: string | undefined;
  storageClass: string | undefined;
}

/** A state that may not be the last of its step is remembered as one that no file has, so that the content is compared again. */
function remembering(
  key: string,
  { etag, contentEtag, storageClass }: About,
  state: FileState,
  readAtMs: number,
) {
  const { sizeBytes, modifiedMs, changedMs } = state;
  const isKnown = isSettled(state, readAtMs);
  return {
    key,
    sizeBytes,
    modifiedMs: isKnown ? modifiedMs : noFileMs,
    changedMs: isKnown ? changedMs : noFileMs,
    etag,
    ...(contentEtag !== undefined && { contentEtag }),
    ...(storageClass !== undefined && { storageClass }),
    isRetired: false,
  };
}

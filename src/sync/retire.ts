/** Deletes or tags the objects whose files are gone. Each is looked for once more, right before. */
import type { Clock } from '../clock.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import { noFileMs } from './file-state.ts';
import type { OpenFeed } from './open-feed.ts';
import type { Remembered } from './plan.ts';
import { s3NameOf } from './problem.ts';
import type { SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

/** An object that is to be deleted or tagged. */
export interface Retiring {
  /** Relative. */
  key: string;
  etag: string;
  sizeBytes: number;
}

export interface RetireDependencies {
  feed: OpenFeed;
  tally: Tally;
  report: SourceWatch;
  clock: Clock;
  workers: number;
  /** Called for each that is deleted or tagged. */
  onRetired: () => void;
  /** Looks whether the lock is still held. @throws BackupError LOCKED */
  assertHeld: () => void;
  signal: AbortSignal;
}

/** Of one request. */
const batchKeys = 500;

/** @throws what interrupts it; what fails for one key goes to the tally */
export async function retireAll(objects: AsyncIterable<Retiring>, given: RetireDependencies): Promise<void> {
  for await (const batch of batchesOf(objects)) {
    given.signal.throwIfAborted();
    const gone: Retiring[] = [];
    await forEachConcurrently(batch, given.workers, async (object) => {
      if (await isGone(object, given)) gone.push(object);
    });
    given.assertHeld();
    if (given.feed.rules.retireDeleted === 'tag') await tagBatch(gone, given);
    else await deleteBatch(gone, given);
  }
}

/** Anything but a clear "there is none" keeps the object: also what cannot be looked at. */
async function isGone({ key }: Retiring, { feed, report }: RetireDependencies): Promise<boolean> {
  const quiet: SourceWatch = { unreadable: () => {}, failed: () => {}, skipped: () => {} };
  const entry = await (feed.rotation ?? feed.source).look(key, quiet);
  if (entry === undefined) return true;
  const message = `${feed.prefix + key} is in the source again, so its object was left alone.`;
  report.skipped({ key, code: 'CAME_BACK', message });
  return false;
}

async function deleteBatch(
  batch: readonly Retiring[],
  { feed, tally, signal, onRetired }: RetireDependencies,
): Promise<void> {
  const keys = batch.map(({ key }) => feed.prefix + key);
  // Where there is no answer, too: each of them may be gone.
  for (const { key } of batch) feed.memory.doubt(key);
  const outcomes = await feed.bucket.deleteKeys(keys, { signal });
  batch.forEach(({ key }, index) => {
    const failure = outcomes[index];
    if (failure !== undefined) {
      tally.failed({ key: feed.prefix + key, ...failure });
      return;
    }
    feed.memory.forget(key);
    onRetired();
    tally.retired('deleted');
  });
}

async function tagBatch(batch: readonly Retiring[], given: RetireDependencies): Promise<void> {
  const { feed, tally, workers, clock, signal, onRetired } = given;
  const deletedAt = new Date(clock.nowMs()).toISOString().slice(0, 16);
  await forEachConcurrently(batch, workers, async ({ key, etag, sizeBytes }) => {
    const whole = feed.prefix + key;
    try {
      const tags = await feed.bucket.tags(whole, undefined, { signal });
      // Tagged by an earlier run whose memory is lost: the time stays what it was.
      if (!isTaggedDeleted(tags))
        await feed.bucket.putTags(whole, { ...tags, Deleted: 'True', DeletedAt: deletedAt }, { signal });
      feed.memory.remember(retired(key, etag, sizeBytes));
      onRetired();
      tally.retired('tagged');
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError)) throw error;
      const code = s3NameOf(error);
      // Somebody else has deleted it.
      if (code === 'NoSuchKey') {
        feed.memory.forget(key);
        return;
      }
      tally.failedRequest({ key: whole, code, message: error.message }, error, feed.memory);
    }
  });
}

export function isTaggedDeleted(tags: Readonly<Record<string, string>>): boolean {
  return tags['Deleted'] === 'True';
}

function retired(key: string, etag: string, sizeBytes: number): Remembered {
  return { key, sizeBytes, modifiedMs: noFileMs, changedMs: noFileMs, etag, isRetired: true };
}

async function* batchesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchKeys) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

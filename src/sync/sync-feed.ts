/**
 * One feed: what is new is brought while source and destination are still being listed; what is gone waits in a file until both were
 * listed to their ends and the guards have let it pass. So a walk that fails half-way deletes nothing, and memory stays small.
 */
import type { Lock } from '../catalogue/locks.ts';
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { Spool } from '../spool.ts';
import { bringAll } from './bring.ts';
import type { IsBusy } from './busy.ts';
import { changesUnder, type Change, type Seen } from './changes.ts';
import { checkDeletions, checkMounted, type DeletionCase } from './guards.ts';
import { BucketMaker, type OpenFeed } from './open-feed.ts';
import type { Reservation } from './part-deletions.ts';
import { retireAll, type Retiring } from './retire.ts';
import type { SyncOptions } from './site-sync.ts';
import type { SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

export interface FeedDependencies {
  stateDir: string;
  clock: Clock;
  observer: Observer;
  lock: Lock;
  workers: number;
  tally: Tally;
  report: SourceWatch;
  isBusy: IsBusy;
  signal: AbortSignal;
}

/** Where changes come from: a comparison of all, or of what a watch has seen. */
export type ChangeSource = (seen: Seen, maker: BucketMaker) => AsyncIterable<Change>;

/** @param under as in `Source.entries` */
export async function syncUnder(
  feed: OpenFeed,
  under: string,
  options: SyncOptions,
  given: FeedDependencies,
): Promise<void> {
  const seen: Seen = { entries: 0, objects: 0 };
  const isWhole = under === '';
  const { dryRun } = options;
  const unreadableBefore = given.tally.unreadableParts;
  const changes: ChangeSource = (counted, maker) =>
    changesUnder(feed, under, counted, { ...given, maker, dryRun });
  await syncChanges(feed, changes, seen, isWhole, options, given);
  if (!isWhole) return;
  checkMounted(feed.source.name, await missingPlaces(feed), options);
  if (!dryRun && given.tally.unreadableParts === unreadableBefore) rememberPlaces(feed);
}

/**
 * @param seen counted up by `changesFrom`
 * @param isWhole all of the source is looked at
 * @throws BackupError REFUSED where deletions are, after everything else was done
 */
export async function syncChanges(
  feed: OpenFeed,
  changesFrom: ChangeSource,
  seen: Seen,
  isWhole: boolean,
  options: SyncOptions,
  given: FeedDependencies,
): Promise<void> {
  const { tally, signal } = given;
  const { dryRun } = options;
  await feed.source.identify();
  const maker = new BucketMaker(feed, signal);
  if (!dryRun) await removeUnfinished(feed, given);
  // Of other folders of the site.
  const { missed: missedBefore, unreadableParts: unreadableBefore } = tally;
  const retiring = new RetiringList(given.stateDir, feed);
  const { parts } = feed.memory;
  let reservation: Reservation | undefined;
  try {
    const changes = retiring.keepFrom(changesFrom(seen, maker));
    try {
      await bringAll(changes, { feed, maker, dryRun, ...given });
    } finally {
      feed.memory.flush();
    }
    const surplus = feed.rotation?.surplus ?? [];
    const missing = await missingPlaces(feed);
    // Nothing is waited for between this and the check.
    if (!isWhole) reservation = parts.reserve(retiring.count, () => feed.memory.count);
    await checkDeletions(
      {
        source: feed.source.name,
        deletions: retiring.count + surplus.length,
        expected: retiring.rotated + surplus.length,
        unreadableParts: tally.unreadableParts - unreadableBefore,
        missing,
        ...(reservation === undefined
          ? shareOfWhole(feed, seen)
          : shareOfPart(feed, retiring.count, reservation)),
      },
      dryRun ? { ...options, confirm: undefined } : options,
    );
    const isAllBrought = tally.missed === missedBefore && tally.deferred === 0;
    if (dryRun) await planRetiring(feed, retiring, surplus, tally);
    else await retire(feed, retiring, isAllBrought, { ...given, onRetired: () => reservation?.done() });
    if (isWhole && !dryRun && tally.unreadableParts === unreadableBefore) parts.forget();
  } finally {
    reservation?.release();
    feed.memory.flush();
    await retiring.remove();
  }
}

type Share = Pick<DeletionCase, 'before' | 'objects' | 'isEmpty'>;

/** A comparison is also that of what was refused to parts: with what they had let go, where nothing came in its place. */
function shareOfWhole({ memory }: OpenFeed, { entries, objects }: Seen): Share {
  const before = memory.parts.missingFrom(objects);
  return { before, objects: () => objects + before, isEmpty: () => entries === 0 };
}

/** Of what a part does not say, the memory does: where nothing would be left, the source may be empty. */
function shareOfPart({ memory }: OpenFeed, deletions: number, { before, inFlight }: Reservation): Share {
  return {
    before,
    objects: () => memory.count + memory.parts.gone,
    isEmpty: () => !memory.holdsMoreThan(deletions + inFlight),
  };
}

async function retire(
  feed: OpenFeed,
  retiring: RetiringList,
  isAllBrought: boolean,
  given: FeedDependencies & { onRetired: () => void },
): Promise<void> {
  const { tally, lock } = given;
  const { rotation } = feed;
  const waiting = rotation === undefined || isAllBrought ? [] : rotation.surplus;
  if (waiting.length > 0) {
    const message =
      'Not every file that is to stay is in the bucket, so no older one was deleted, here or there.';
    tally.skipped({ key: feed.prefix, code: 'ROTATION_WAITS', message });
  }
  const due = retiring.items(new Set(waiting));
  await retireAll(due, { feed, ...given, assertHeld: () => lock.assertHeld() });
  if (waiting.length > 0 || rotation === undefined || feed.site.source.kind !== 'directory') return;
  lock.assertHeld();
  const onDeleted = (): void => void (tally.counts.filesDeleted += 1);
  await rotation.deleteSurplus(feed.site.source.path, given.report, onDeleted);
}

async function planRetiring(
  { prefix, bucket, rules }: OpenFeed,
  retiring: RetiringList,
  surplus: readonly string[],
  tally: Tally,
): Promise<void> {
  const action = rules.retireDeleted === 'tag' ? 'tag' : 'delete';
  for await (const { key, sizeBytes } of retiring.items())
    tally.plan({ action, bucket: bucket.name, key: prefix + key, sizeBytes });
  for (const key of surplus)
    tally.plan({ action: 'delete-file', bucket: bucket.name, key: prefix + key, sizeBytes: null });
}

async function missingPlaces({ memory, source }: OpenFeed): Promise<string[]> {
  const missing: string[] = [];
  for (const place of memory.needed.filter((each) => source.concerns(each)))
    if (!(await source.hasStill(place))) missing.push(place);
  return missing;
}

/** What is excluded was not met, and is needed again once it is not excluded any more: else it would look as if all on it was deleted. */
function rememberPlaces({ memory, source }: OpenFeed): void {
  memory.needed = [...source.met, ...memory.needed.filter((place) => !source.concerns(place))];
}

/** Uploads that killed runs left behind: nobody sees them, and somebody pays for them. */
async function removeUnfinished(
  { memory, bucket }: OpenFeed,
  { observer, signal }: FeedDependencies,
): Promise<void> {
  for (const { id, key } of memory.takeLeftUploads()) {
    try {
      await bucket.abortUpload(key, id, { signal });
      memory.forgetUpload(id);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError)) throw error;
      observer.log.warn('an unfinished upload of an earlier run could not be removed', {
        key,
        error: error.message,
      });
    }
  }
}

/** What is to be deleted or tagged, in a file beside the state of the site. */
class RetiringList {
  readonly #stateDir: string;
  readonly #feed: OpenFeed;
  #spool: Spool<Retiring> | undefined;
  count = 0;
  /** Of these, those whose files rotation lets go. */
  rotated = 0;

  constructor(stateDir: string, feed: OpenFeed) {
    this.#stateDir = stateDir;
    this.#feed = feed;
  }

  /** Keeps what is to go, and passes on the rest. */
  async *keepFrom(changes: AsyncIterable<Change>): AsyncGenerator<Change> {
    for await (const change of changes) {
      const { decision, key, object } = change;
      if ((decision === 'delete' || decision === 'tag') && object !== undefined) {
        this.count += 1;
        if (this.#feed.rotation?.surplus.includes(key) === true) this.rotated += 1;
        this.#spool ??= await Spool.create<Retiring>(
          this.#stateDir,
          this.#feed.memory.newListName(),
          'sites',
        );
        await this.#spool.add([{ key, etag: object.etag, sizeBytes: object.sizeBytes }]);
      } else yield change;
    }
    await this.#spool?.flush();
  }

  async *items(except: ReadonlySet<string> = new Set()): AsyncGenerator<Retiring> {
    if (this.#spool === undefined) return;
    for await (const item of this.#spool.items()) if (!except.has(item.key)) yield item;
  }

  async remove(): Promise<void> {
    await this.#spool?.remove();
  }
}

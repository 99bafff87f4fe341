/** Source, destination and memory beside each other, as streams: what is due for each key, in the order of the keys. */
import { mergeByKey, type Pair } from '../index/merge.ts';
import type { Clock } from '../clock.ts';
import type { DestinationEntry } from './destination.ts';
import type { IsBusy } from './busy.ts';
import type { FeedMemory } from './feed-memory.ts';
import { noFileMs } from './file-state.ts';
import type { BucketMaker, OpenFeed } from './open-feed.ts';
import { decide, type Decision, type Remembered } from './plan.ts';
import type { SourceEntry, SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

/** `entry` where it is to be brought or compared, `object` where there is one. */
export interface Change {
  key: string;
  decision: Exclude<Decision, 'same' | 'leave'>;
  entry?: SourceEntry | undefined;
  object?: DestinationEntry | undefined;
  remembered?: Remembered | undefined;
}

export interface Seen {
  /** In the source. */
  entries: number;
  /** In the destination, as far as they are the feed's business, and not tagged as deleted by an earlier run. */
  objects: number;
}

export interface ChangesDependencies {
  clock: Clock;
  tally: Tally;
  report: SourceWatch;
  maker: BucketMaker;
  isBusy: IsBusy;
  /** Nothing is to be remembered. */
  dryRun: boolean;
  signal: AbortSignal;
}

/**
 * What the listing shows and nobody remembers is remembered as what no file is. Otherwise an entry that is left alone for now, fails or
 * vanishes would leave an object that `keyChanges` takes for one that never was, and its deletion would be passed over. What it does not show
 * is forgotten: else `keyChanges` would take it for an object that is there, and the guards of parts for one of which half may go.
 *
 * @param under as in `Source.entries`
 * @param seen counted up
 * @throws what the listing throws; what the source meets is reported
 */
export async function* changesUnder(
  feed: OpenFeed,
  under: string,
  seen: Seen,
  { clock, tally, report, maker, isBusy, dryRun, signal }: ChangesDependencies,
): AsyncGenerator<Change> {
  const { source, memory, rules } = feed;
  const windowMs = feed.site.modifiedWithinMs;
  const sinceMs = windowMs === undefined ? -Infinity : clock.nowMs() - windowMs;
  const entries = (feed.rotation ?? source).entries(under, report, signal);
  const objects = objectsOf(feed, under, maker, signal);
  let skipped: string | undefined;
  let after = under;
  for await (const pairs of mergeByKey(entries, objects)) {
    const [first, last] = [pairs[0], pairs.at(-1)];
    if (first === undefined || last === undefined) continue;
    const remembered = memory.between(first.key, last.key);
    if (!dryRun) {
      memory.forgetBetween(after, first.key);
      forgetUnlisted(memory, remembered, pairs);
    }
    after = last.key;
    for (const { key, left: entry, right: object } of pairs) {
      const known = remembered.get(key);
      if (object !== undefined) {
        // What was tagged when its file went is there no more, unless it is to be deleted now.
        const isTagged = known?.isRetired === true && known.etag === object.etag;
        if (!isTagged || rules.retireDeleted === 'delete') seen.objects += 1;
        if (known === undefined && !dryRun && rules.retireDeleted !== 'keep')
          memory.remember(asOfNoFile(object));
      }
      if (entry?.isSkipped === true) {
        if (key.endsWith('/')) skipped = key;
        continue;
      }
      if (entry !== undefined) seen.entries += 1;
      else if (skipped !== undefined && key.startsWith(skipped)) continue;
      if (entry !== undefined && entry.modifiedMs < sinceMs) {
        if (object?.sizeBytes !== entry.sizeBytes) tally.missed += 1;
        continue;
      }
      const decision = decide({ entry, object, remembered: known }, rules);
      if (decision === 'same') tally.same();
      else if (decision !== 'leave' && (entry === undefined || !isBusy(entry)))
        yield { key, decision, entry, object, remembered: known };
    }
  }
  if (!dryRun) memory.forgetBetween(after, endOf(under));
}

/** Before anything of the batch is brought, and so remembered anew. */
function forgetUnlisted(
  memory: FeedMemory,
  remembered: ReadonlyMap<string, Remembered>,
  pairs: readonly Pair<SourceEntry, DestinationEntry>[],
): void {
  const listed = new Set<string>();
  for (const { key, right } of pairs) if (right !== undefined) listed.add(key);
  for (const key of remembered.keys()) if (!listed.has(key)) memory.forget(key);
}

/** The first key after all that begin with `folder`; undefined where that is everything. */
function endOf(folder: string): string | undefined {
  return folder === '' ? undefined : `${folder.slice(0, -1)}0`;
}

/** Of the object's size, so that a file that has it too is compared with it before it is uploaded. */
function asOfNoFile({ key, sizeBytes, etag }: DestinationEntry): Remembered {
  return { key, sizeBytes, modifiedMs: noFileMs, changedMs: noFileMs, etag, isRetired: false };
}

async function* objectsOf(
  { bucket, prefix, covers }: OpenFeed,
  under: string,
  maker: BucketMaker,
  signal: AbortSignal,
): AsyncGenerator<DestinationEntry[]> {
  try {
    for await (const page of bucket.listObjects({ prefix: prefix + under }, { signal })) {
      const entries: DestinationEntry[] = [];
      for (const object of page) {
        const key = object.key.slice(prefix.length);
        // What is named as the prefix is has no key in the source.
        if (key !== '' && covers(key)) entries.push({ ...object, key });
      }
      yield entries;
    }
  } catch (error) {
    maker.noteMissing(error);
  }
}

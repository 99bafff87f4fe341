/**
 * A repository of daily snapshots of a synthetic bucket that changes a little each day, written without listing it: the embedded S3
 * invents the same bucket, so that commands can be run against both.
 */
import { toEntry } from '../src/snapshot/as-of.ts';
import type { Manifest } from '../src/index/manifest.ts';
import type { RangeRef } from '../src/index/range-ref.ts';
import { RangeWriter } from '../src/index/range-writer.ts';
import type { SyntheticSpec } from '../src/s3-embedded/index.ts';
import { SyntheticBucket } from '../src/s3-embedded/synthetic/bucket.ts';
import { isChurned, type Churn } from '../src/s3-embedded/synthetic/churn.ts';
import type { SnapshotRepository } from '../src/snapshots/repository.ts';
import { manifestOf } from '../test/support/manifests.ts';

/** Where the changes of a day are: in a few runs of keys that lie together, or anywhere. */
export type ChurnLayout = 'clustered' | 'random';

export interface DailySnapshots {
  keys: number;
  days: number;
  /** Of the keys, each day. */
  churn: number;
  layout: ChurnLayout;
}

const dayMs = 86_400_000;
/** After all times that a synthetic bucket begins with. */
const firstDayMs = Date.parse('2026-10-01T04:00:00Z');
const batchSize = 10_000;

/** The bucket as it is after the last day. */
export function bucketAfter({ keys, days, churn, layout }: DailySnapshots): SyntheticSpec & {
  churn: Churn[];
} {
  const pattern = layout === 'random' ? 'uniform' : 'clustered';
  const rounds = Array.from({ length: days - 1 }, (_, i) => ({
    seed: i + 1,
    rate: churn,
    pattern,
    atMs: firstDayMs + (i + 0.5) * dayMs,
  })) satisfies Churn[];
  return { bucket: 'slave', layout: 'flat', keys, churn: rounds };
}

/** @param onDay called after each snapshot, with the days there are by then */
export async function writeDailySnapshots(
  repository: SnapshotRepository,
  history: DailySnapshots,
  onDay: (days: number) => void,
): Promise<void> {
  const spec = bucketAfter(history);
  let ranges: readonly RangeRef[] | undefined;
  for (let day = 0; day < history.days; day++) {
    const bucket = new SyntheticBucket({ ...spec, churn: spec.churn.slice(0, day) });
    const round = spec.churn[day - 1];
    ranges =
      ranges === undefined || round === undefined
        ? await writeRanges(repository, bucket, 0, bucket.keyCount)
        : await replaceChurned(repository, bucket, ranges, round);
    await repository.ranges.sync();
    await repository.add(manifestOfDay(day, ranges));
    onDay(day + 1);
  }
}

/** Ranges are cut after keys, whatever the versions: those in which nothing has changed are the same as the day before. */
async function replaceChurned(
  repository: SnapshotRepository,
  bucket: SyntheticBucket,
  before: readonly RangeRef[],
  round: Churn,
): Promise<RangeRef[]> {
  const ranges: RangeRef[] = [];
  let start = 0;
  for (const range of before) {
    const end = start + range.entries;
    let index = start;
    while (index < end && !isChurned(round, index)) index += 1;
    if (index === end) ranges.push(range);
    else ranges.push(...(await writeRanges(repository, bucket, start, end)));
    start = end;
  }
  return ranges;
}

async function writeRanges(
  repository: SnapshotRepository,
  bucket: SyntheticBucket,
  start: number,
  end: number,
): Promise<readonly RangeRef[]> {
  const writer = new RangeWriter(repository.ranges);
  for (let at = start; at < end; at += batchSize) {
    const indexes = Array.from({ length: Math.min(batchSize, end - at) }, (_, i) => at + i);
    await writer.write(indexes.map((index) => entryOf(bucket, index)));
  }
  return (await writer.finish()).ranges;
}

function entryOf(bucket: SyntheticBucket, index: number) {
  const version = bucket.versionsAt(index).at(0);
  const { versionId, etag, sizeBytes, lastModifiedMs, storageClass, isDeleteMarker } = version;
  const key = bucket.keyAt(index);
  return toEntry({
    key,
    versionId,
    etag,
    sizeBytes,
    lastModifiedMs,
    storageClass,
    isDeleteMarker,
    isLatest: true,
  });
}

function manifestOfDay(day: number, ranges: readonly RangeRef[]): Manifest {
  const name = new Date(firstDayMs + day * dayMs).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return manifestOf(name, {
    keys: ranges.reduce((sum, range) => sum + range.entries, 0),
    bytes: ranges.reduce((sum, range) => sum + range.sizeBytes, 0),
    ranges: [...ranges],
  });
}

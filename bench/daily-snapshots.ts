/** A repository of daily snapshots of a bucket that changes a little each day, written without a server. */
import { createHash } from 'node:crypto';
import type { Entry } from '../src/index/entry.ts';
import type { Manifest } from '../src/index/manifest.ts';
import { RangeWriter } from '../src/index/range-writer.ts';
import type { SnapshotRepository } from '../src/snapshots/repository.ts';
import { Random } from '../test/support/random.ts';

/** Where the changes of a day are: in a few runs of keys that lie together, or anywhere. */
export type ChurnLayout = 'clustered' | 'random';

export interface DailySnapshots {
  keys: number;
  days: number;
  /** Of the keys, each day. */
  churn: number;
  layout: ChurnLayout;
}

const runsPerDay = 4;
const dayMs = 86_400_000;
const firstDayMs = Date.parse('2026-10-01T04:00:00Z');
const batchSize = 10_000;

/** @returns the names, the oldest first */
export async function writeDailySnapshots(
  repository: SnapshotRepository,
  { keys, days, churn, layout }: DailySnapshots,
): Promise<string[]> {
  const random = new Random(1);
  /** The day of the newest version of each key. */
  const changedOn = new Uint8Array(keys);
  const names: string[] = [];
  for (let day = 0; day < days; day++) {
    if (day > 0) change(changedOn, day, Math.round(keys * churn), layout, random);
    names.push(await writeSnapshot(repository, changedOn, day));
  }
  return names;
}

function change(
  changedOn: Uint8Array,
  day: number,
  count: number,
  layout: ChurnLayout,
  random: Random,
): void {
  if (layout === 'random') {
    for (let i = 0; i < count; i++) changedOn[random.below(changedOn.length)] = day;
    return;
  }
  const length = Math.ceil(count / runsPerDay);
  for (let run = 0; run < runsPerDay; run++) {
    const start = random.below(changedOn.length - length);
    changedOn.fill(day, start, start + length);
  }
}

async function writeSnapshot(
  repository: SnapshotRepository,
  changedOn: Uint8Array,
  day: number,
): Promise<string> {
  const writer = new RangeWriter(repository.ranges);
  for (let at = 0; at < changedOn.length; at += batchSize) {
    const end = Math.min(at + batchSize, changedOn.length);
    const entries: Entry[] = [];
    for (let i = at; i < end; i++) entries.push(entryOf(i, changedOn[i] ?? 0));
    await writer.write(entries);
  }
  const { ranges } = await writer.finish();
  await repository.ranges.sync();
  const asOf = new Date(firstDayMs + day * dayMs).toISOString();
  const manifest: Manifest = {
    format: 1,
    snapshot: asOf.replace(/\.\d+/, '').replaceAll(/[-:]/g, ''),
    set: 'default',
    bucket: 'slave',
    prefix: '',
    asOf,
    listingStartedAt: asOf,
    listingEndedAt: asOf,
    createdAt: asOf,
    keys: changedOn.length,
    bytes: ranges.reduce((sum, range) => sum + range.sizeBytes, 0),
    requests: 1,
    state: 'complete',
    held: false,
    tags: {},
    note: '',
    flags: [],
    cutBits: 14,
    ranges,
  };
  await repository.add(manifest);
  return manifest.snapshot;
}

/** The version of key `index` that was written on `day`: ids and etags that do not compress, as real ones. */
export function entryOf(index: number, day: number): Entry {
  const digest = createHash('md5').update(`${index} ${day}`).digest('hex');
  return {
    key: `data/2026/${String(index).padStart(12, '0')}.parquet`,
    versionId: digest.slice(0, 32),
    sizeBytes: 1000 + (index % 1000),
    lastModifiedMs: firstDayMs + (day - 1) * dayMs + (index % 86_000) * 1000,
    etag: digest,
    storageClass: 'STANDARD',
  };
}

/** Use case: the snapshots of a bucket, what each alone holds, and what the retention policy says of it. */
import type { RetentionRules } from '../retention/decide.ts';
import { compareSnapshotNames } from '../index/manifest.ts';
import { currentExclusiveBytes } from './exclusive.ts';
import type { SnapshotRepository } from './repository.ts';
import { decideAll } from './series.ts';
import { lockNameOf, totalsOf } from './unfinished.ts';

export interface ListedSnapshot {
  snapshot: string;
  set: string;
  bucket: string;
  prefix: string;
  asOf: string;
  createdAt: string;
  keys: number;
  bytes: number;
  /** Null where it has not been computed. */
  exclusiveBytes: number | null;
  /** `unfinished`: being taken, or interrupted; `snapshot --resume` goes on with it, gc clears it away. Never restorable. */
  state: 'complete' | 'deleting' | 'damaged' | 'unfinished';
  held: boolean;
  tags: Record<string, string>;
  note: string;
  flags: string[];
  verdict: 'keep' | 'remove';
  reasons: string[];
}

export interface ListFilter {
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  /** All of them have to be there. */
  tags: Record<string, string>;
}

/** The oldest first. The filter chooses what is shown; the verdicts are those of the whole. */
export async function listSnapshots(
  repository: SnapshotRepository,
  bucket: string,
  rules: RetentionRules,
  filter: ListFilter,
): Promise<ListedSnapshot[]> {
  const rows = repository.list(bucket);
  const verdicts = decideAll(rows, rules);
  const exclusive = currentExclusiveBytes(rows);
  const damaged = new Set(repository.damaged.map(({ name }) => name));
  const listed: ListedSnapshot[] = rows.map((row) => ({
    snapshot: row.name,
    set: row.setName,
    bucket: row.bucket,
    prefix: row.prefix,
    asOf: row.asOf,
    createdAt: row.createdAt,
    keys: row.keys,
    bytes: row.bytes,
    exclusiveBytes: exclusive.get(row.name) ?? null,
    state: damaged.has(row.name) ? 'damaged' : row.state,
    held: row.held,
    tags: row.tags,
    note: row.note,
    flags: row.flags,
    verdict: verdicts.get(row.name)?.verdict ?? 'keep',
    reasons: verdicts.get(row.name)?.reasons ?? [],
  }));
  listed.push(...(await listUnfinished(repository, bucket)));
  return listed.filter((each) => matches(each, filter)).sort(byTime);
}

/** Also of buckets that once were the slave of this folder's set, or are its master: gc leaves these alone, whatever their age. */
export async function listAllBuckets(
  repository: SnapshotRepository,
  slave: string,
  rules: RetentionRules,
  filter: ListFilter,
): Promise<ListedSnapshot[]> {
  const buckets = new Set([slave, ...repository.catalogue.list().map(({ bucket }) => bucket)]);
  const listed: ListedSnapshot[] = [];
  for (const bucket of buckets) {
    const ofBucket = await listSnapshots(repository, bucket, rules, filter);
    const keep = { verdict: 'keep', reasons: ['not of the slave: gc leaves it alone'] } as const;
    listed.push(
      ...(bucket === slave
        ? ofBucket
        : ofBucket.map((each) => ({ ...each, ...keep, reasons: [...keep.reasons] }))),
    );
  }
  return listed.sort(byTime);
}

async function listUnfinished(repository: SnapshotRepository, bucket: string): Promise<ListedSnapshot[]> {
  const complete = new Set(repository.list(bucket).map(({ name }) => name));
  const unfinished = (await repository.unfinished.list()).filter(
    ({ intent }) => intent.bucket === bucket && !complete.has(intent.snapshot),
  );
  return unfinished.map(({ intent, finished }) => ({
    snapshot: intent.snapshot,
    set: intent.set,
    bucket,
    prefix: intent.prefix,
    asOf: intent.asOf,
    createdAt: intent.listingStartedAt,
    ...totalsOf(finished),
    exclusiveBytes: null,
    state: 'unfinished',
    held: intent.held,
    tags: intent.tags,
    note: intent.note,
    flags: [],
    ...(repository.isLocked(lockNameOf(intent.snapshot))
      ? { verdict: 'keep', reasons: ['being taken'] }
      : { verdict: 'remove', reasons: ['unfinished'] }),
  }));
}

function byTime(a: ListedSnapshot, b: ListedSnapshot): number {
  return compareSnapshotNames(a.snapshot, b.snapshot);
}

function matches(snapshot: ListedSnapshot, { sinceMs, untilMs, tags }: ListFilter): boolean {
  const asOfMs = Date.parse(snapshot.asOf);
  if (sinceMs !== undefined && asOfMs < sinceMs) return false;
  if (untilMs !== undefined && asOfMs > untilMs) return false;
  return Object.entries(tags).every(([key, value]) => snapshot.tags[key] === value);
}

/** Use case: what a snapshot is, and what it holds: totals by storage class and by the first part of the keys. */
import type { Manifest } from '../index/manifest.ts';
import { entriesOf } from '../index/reader.ts';
import type { Observer } from '../observer.ts';
import { narrowerPrefix } from './prefix.ts';
import type { SnapshotRepository } from './repository.ts';
import { TopPrefixes, type PrefixTotals } from './top-prefixes.ts';
import { whileThere } from './while-there.ts';

export interface ShownSnapshot {
  snapshot: string;
  set: string;
  bucket: string;
  /** What the snapshot covers. */
  prefix: string;
  asOf: string;
  createdAt: string;
  listingStartedAt: string;
  listingEndedAt: string;
  state: 'complete' | 'deleting';
  held: boolean;
  tags: Record<string, string>;
  note: string;
  flags: string[];
  /** What the totals are of: keys that begin with it. */
  within: string;
  keys: number;
  bytes: number;
  storageClasses: { storageClass: string; keys: number; bytes: number }[];
  /** The largest ones. Keys without a further slash are those of prefix `within` itself. */
  prefixes: PrefixTotals[];
  otherPrefixes: { count: number; keys: number; bytes: number };
}

/** @throws BackupError INDEX_DAMAGED, SNAPSHOT_UNKNOWN where it is removed meanwhile, USAGE for a prefix that it does not cover */
export async function showSnapshot(
  manifest: Manifest,
  prefix: string,
  {
    repository,
    observer,
    signal,
  }: { repository: SnapshotRepository; observer: Observer; signal: AbortSignal },
): Promise<ShownSnapshot> {
  const within = narrowerPrefix(manifest.prefix, prefix);
  const byClass = new Map<string, { keys: number; bytes: number }>();
  const byPrefix = new TopPrefixes(within);
  let keys = 0;
  const batches = entriesOf(manifest, repository.ranges, { prefix: within });
  for await (const entries of whileThere([manifest.snapshot], repository, batches)) {
    signal.throwIfAborted();
    for (const entry of entries) {
      const totals = byClass.get(entry.storageClass) ?? { keys: 0, bytes: 0 };
      totals.keys += 1;
      totals.bytes += entry.sizeBytes;
      byClass.set(entry.storageClass, totals);
      byPrefix.add(entry);
    }
    keys += entries.length;
    observer.progress({ phase: 'reading', done: keys, unit: 'keys', total: manifest.keys });
  }
  const storageClasses = [...byClass]
    .map(([storageClass, totals]) => ({ storageClass, ...totals }))
    .sort((a, b) => b.bytes - a.bytes);
  const bytes = storageClasses.reduce((sum, each) => sum + each.bytes, 0);
  return { ...describe(manifest), within, keys, bytes, storageClasses, ...byPrefix.finish() };
}

function describe(
  manifest: Manifest,
): Omit<ShownSnapshot, 'within' | 'keys' | 'bytes' | 'storageClasses' | 'prefixes' | 'otherPrefixes'> {
  const { snapshot, set, bucket, prefix, asOf, createdAt, listingStartedAt, listingEndedAt } = manifest;
  const { state, held, tags, note, flags } = manifest;
  return {
    snapshot,
    set,
    bucket,
    prefix,
    asOf,
    createdAt,
    listingStartedAt,
    listingEndedAt,
    state,
    held,
    tags,
    note,
    flags,
  };
}

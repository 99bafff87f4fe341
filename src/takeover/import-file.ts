/** Makes a snapshot of one old file: sorted, completed by the listing, written as ranges and manifest like one of our own. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Held } from '../catalogue/while-held.ts';
import type { Clock } from '../clock.ts';
import { DEFAULT_CUT_BITS } from '../index/cut.ts';
import type { Entry } from '../index/entry.ts';
import type { Manifest } from '../index/manifest.ts';
import { discardAfterFailure } from '../index/atomic-file.ts';
import { RangeWriter, type WrittenRanges } from '../index/range-writer.ts';
import type { Observer } from '../observer.ts';
import { flagsOf } from '../snapshot/flags.ts';
import { namesOf } from '../snapshot/name.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { completeEntries } from './complete.ts';
import type { KeptListing, ListedBucket } from './listing.ts';
import { parseOldEntry, type Unusable } from './old-entry.ts';
import { elementsOf, OldFileError, type OldFile } from './old-file.ts';
import { EntrySorter } from './sort.ts';

export interface ImportBucket extends ListedBucket {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
}

export interface FileDependencies {
  repository: SnapshotRepository;
  snapshotsDir: string;
  bucket: ImportBucket;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}

export interface ImportRequest {
  set: string;
  file: OldFile;
  /** When it was begun: the as-of time of the snapshot. */
  timeMs: number;
  /** Of temporary files, unique among the runs in this folder. */
  runName: string;
  onUnusable: (unusable: Unusable) => void;
}

export interface ImportedFile {
  /** The name of the file, without `.Z`. */
  file: string;
  snapshot: string;
  asOf: string;
  keys: number;
  bytes: number;
  flags: string[];
  /** It had been taken over before. */
  existing: boolean;
  /** Versions that stood in the file more than once. */
  duplicates: number;
  /** Versions that the bucket does not have any more: they are in the snapshot, and cannot be restored. */
  missing: number;
}

/**
 * @throws OldFileError where the file cannot be read to its end, or there is another snapshot of that moment: nothing is left of it
 * then; BackupError SNAPSHOTS_DIR, INDEX_DAMAGED
 */
export async function importFile(
  request: ImportRequest,
  listing: () => Promise<KeptListing>,
  dependencies: FileDependencies & Held,
): Promise<ImportedFile> {
  const { repository } = dependencies;
  const ofThatMoment = await snapshotsOf(request.timeMs, dependencies);
  const before = ofThatMoment.find(({ importedFrom }) => importedFrom === request.file.name);
  if (before !== undefined) return result(request, before, { existing: true, duplicates: 0, missing: 0 });

  const sorter = new EntrySorter(dependencies.snapshotsDir, request.runName);
  try {
    const newestMs = await sortEntries(request, sorter, dependencies);
    const written = await writeRanges(request, sorter, await listing(), dependencies);
    const [other] = ofThatMoment;
    if (other !== undefined) {
      if (!hasEqualRanges(other, written)) throw sameMoment(other);
      return result(request, other, { ...written, existing: true });
    }
    const manifest = await manifestFor(request, newestMs, written, dependencies);
    await repository.ranges.sync();
    dependencies.assertHeld();
    await repository.add(manifest);
    return result(request, manifest, { ...written, existing: false });
  } finally {
    await sorter.remove();
  }
}

async function snapshotsOf(timeMs: number, { repository, bucket }: FileDependencies): Promise<Manifest[]> {
  const isOfThatMoment = ({ asOf, prefix, state }: SnapshotRow): boolean =>
    Date.parse(asOf) === timeMs && prefix === '' && state === 'complete';
  const rows = repository.list(bucket.name).filter(isOfThatMoment);
  return Promise.all(rows.map(({ name }) => repository.read(name)));
}

/** @returns the time of the newest version that the file names: it was listed after that; `-Infinity` where there is none */
async function sortEntries(
  { file, onUnusable }: ImportRequest,
  sorter: EntrySorter,
  { observer, signal }: FileDependencies,
): Promise<number> {
  let newestMs = -Infinity;
  let done = 0;
  for await (const elements of elementsOf(file)) {
    signal.throwIfAborted();
    for (const element of elements) {
      const entry = parseOldEntry(element);
      if (entry === undefined) continue;
      if ('reason' in entry) {
        onUnusable(entry);
        continue;
      }
      newestMs = Math.max(newestMs, entry.lastModifiedMs ?? -Infinity);
      await sorter.add(entry);
    }
    done += elements.length;
    observer.progress({ phase: `reading ${file.name}`, done, unit: 'keys' });
  }
  return newestMs;
}

interface WrittenFile extends WrittenRanges {
  duplicates: number;
  missing: number;
}

const batchSize = 1000;

async function writeRanges(
  { onUnusable }: ImportRequest,
  sorter: EntrySorter,
  listing: KeptListing,
  { repository, signal }: FileDependencies,
): Promise<WrittenFile> {
  const writer = new RangeWriter(repository.ranges, { cutBits: DEFAULT_CUT_BITS });
  const counts = { duplicates: 0, missing: 0 };
  let batch: Entry[] = [];
  try {
    for await (const each of completeEntries(sorter.sorted(), listing.entries())) {
      if (each.kind === 'duplicate') counts.duplicates += 1;
      else if (each.kind === 'unusable') onUnusable(each);
      else {
        if (each.isMissing) counts.missing += 1;
        batch.push(each.entry);
      }
      if (batch.length < batchSize) continue;
      signal.throwIfAborted();
      await writer.write(batch);
      batch = [];
    }
    await writer.write(batch);
    return { ...(await writer.finish()), ...counts };
  } catch (error) {
    await discardAfterFailure(writer);
    throw error;
  }
}

function hasEqualRanges({ ranges }: Manifest, written: WrittenRanges): boolean {
  const hashes = (each: readonly { hash: string }[]): string => each.map(({ hash }) => hash).join();
  return hashes(ranges) === hashes(written.ranges);
}

function sameMoment({ snapshot, importedFrom }: Manifest): OldFileError {
  const origin = importedFrom === undefined ? '' : `, taken over from ${importedFrom}`;
  return new OldFileError(
    `there is another snapshot of that moment, with other contents: ${snapshot}${origin}`,
  );
}

async function manifestFor(
  { set, file, timeMs }: ImportRequest,
  newestMs: number,
  { ranges }: WrittenRanges,
  { repository, bucket, clock }: FileDependencies,
): Promise<Manifest> {
  const asOf = new Date(timeMs).toISOString();
  const keys = ranges.reduce((sum, { entries }) => sum + entries, 0);
  const previous = repository
    .list(bucket.name)
    .findLast((row) => row.prefix === '' && row.state === 'complete' && Date.parse(row.asOf) < timeMs);
  return {
    format: 1,
    snapshot: await freeName(timeMs, repository),
    set,
    bucket: bucket.name,
    region: bucket.region,
    endpoint: bucket.endpoint,
    prefix: '',
    asOf,
    listingStartedAt: asOf,
    listingEndedAt: new Date(Math.max(timeMs, newestMs)).toISOString(),
    createdAt: new Date(clock.nowMs()).toISOString(),
    keys,
    bytes: ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    requests: 0,
    state: 'complete',
    held: false,
    tags: {},
    note: `from ${file.name}`,
    // Flagged or not: nobody can look at the bucket of that day any more, and say that it was right.
    flags: flagsOf({ keys }, previous === undefined ? [] : [{ keys: previous.keys, flags: [] }]),
    cutBits: DEFAULT_CUT_BITS,
    ranges,
    importedFrom: file.name,
  };
}

async function freeName(timeMs: number, repository: SnapshotRepository): Promise<string> {
  const taken = new Set(await repository.manifests.list());
  for (const name of namesOf(timeMs)) if (!taken.has(name)) return name;
  throw new Error('There is always another name.');
}

function result(
  { file }: ImportRequest,
  { snapshot, asOf, keys, bytes, flags }: Manifest,
  { existing, duplicates, missing }: { existing: boolean; duplicates: number; missing: number },
): ImportedFile {
  return { file: file.name, snapshot, asOf, keys, bytes, flags, existing, duplicates, missing };
}

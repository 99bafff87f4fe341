/**
 * Use case: in which snapshots a key is, and with which version. A range that snapshots share is read once, and ranges that
 * cannot hold a key that matches are not opened.
 */
import { BackupError } from '../errors.ts';
import type { Glob } from '../glob.ts';
import type { Entry } from '../index/entry.ts';
import type { ManifestStore } from '../index/manifest-store.ts';
import { readRange } from '../index/range-entries.ts';
import type { RangeReader } from '../index/range-ref.ts';
import { isSameVersion } from '../index/version-identity.ts';
import { compareKeys } from '../key-order.ts';
import { removedMeanwhile } from '../snapshots/while-there.ts';
import { groupOverlapping, sharedRanges, type SharedRange } from './shared-ranges.ts';

/** What a search needs of a repository. */
export interface FindIndex {
  manifests: Pick<ManifestStore, 'read' | 'list'>;
  ranges: RangeReader;
}

/** One version of a key, and the snapshots that hold it, the oldest first. */
export interface FoundVersion {
  entry: Entry;
  snapshots: string[];
}

/** A key that matches, and its versions, the oldest snapshot's first. */
export interface FoundKey {
  key: string;
  versions: FoundVersion[];
}

/** What could not be looked into, so that what was found may not be all. */
export interface Unreadable {
  snapshots: string[];
  message: string;
}

export interface FindOptions {
  glob: Glob;
  /** The snapshots to look into, the oldest first. */
  snapshots: readonly string[];
  /** Called for each manifest or range that is damaged; the search goes on. */
  onUnreadable: (unreadable: Unreadable) => void;
  signal: AbortSignal;
}

/**
 * The keys that match, in their order. In memory are the matches of ranges that overlap: about one range's for each
 * time it changed. A snapshot that is removed meanwhile is as one that was not there.
 * @throws what the disk throws
 */
export async function* findKeys(options: FindOptions, repository: FindIndex): AsyncGenerator<FoundKey> {
  const { glob, snapshots } = options;
  const lists = [];
  for (const name of snapshots) {
    const manifest = await orUnreadable([name], options, repository, () => repository.manifests.read(name));
    if (manifest !== undefined) lists.push({ name, ranges: manifest.ranges });
  }
  for (const group of groupOverlapping(sharedRanges(lists, glob.literalPrefix))) {
    options.signal.throwIfAborted();
    const found = new Map<string, FoundVersion[]>();
    for (const range of group) await findInRange(range, found, options, repository);
    yield* inOrder(found, snapshots);
  }
}

async function findInRange(
  { ref, snapshots }: SharedRange,
  found: Map<string, FoundVersion[]>,
  options: FindOptions,
  repository: FindIndex,
): Promise<void> {
  const { glob } = options;
  const { firstKey, lastKey } = ref;
  const isOutside =
    glob.isLiteral &&
    (compareKeys(glob.literalPrefix, firstKey) < 0 || compareKeys(glob.literalPrefix, lastKey) > 0);
  if (isOutside) return;
  const entries = await orUnreadable(snapshots, options, repository, () => readRange(repository.ranges, ref));
  for (const entry of entries ?? []) {
    if (glob.matches(entry.key)) note(found, detached(entry), snapshots);
  }
}

function note(found: Map<string, FoundVersion[]>, entry: Entry, snapshots: readonly string[]): void {
  const versions = found.get(entry.key) ?? [];
  const known = versions.find((version) => isSameVersion(version.entry, entry));
  if (known === undefined) versions.push({ entry, snapshots: [...snapshots] });
  else known.snapshots.push(...snapshots);
  found.set(entry.key, versions);
}

/** A copy: the strings of a parsed entry keep the text of its whole range in memory. */
function detached(entry: Entry): Entry {
  return JSON.parse(JSON.stringify(entry)) as Entry;
}

/** By key; versions and their snapshots by the order of the snapshots, which is that of time. */
function* inOrder(found: Map<string, FoundVersion[]>, snapshots: readonly string[]): Generator<FoundKey> {
  const places = new Map(snapshots.map((name, place) => [name, place]));
  const placeOf = (name: string | undefined): number => places.get(name ?? '') ?? 0;
  for (const [key, versions] of [...found].sort(([a], [b]) => compareKeys(a, b))) {
    for (const version of versions) version.snapshots.sort((a, b) => placeOf(a) - placeOf(b));
    versions.sort((a, b) => placeOf(a.snapshots[0]) - placeOf(b.snapshots[0]));
    yield { key, versions };
  }
}

/** What `read` gives; undefined where it is damaged, which is reported, or its snapshots are gone. */
async function orUnreadable<T>(
  snapshots: readonly string[],
  { onUnreadable }: FindOptions,
  repository: FindIndex,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'INDEX_DAMAGED') throw error;
    const present = [];
    for (const name of snapshots) {
      if ((await removedMeanwhile([name], repository, error)) === undefined) present.push(name);
    }
    if (present.length > 0) onUnreadable({ snapshots: present, message: error.message });
    return undefined;
  }
}

import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import { readRange } from '../index/range-entries.ts';
import type { RangeReader, RangeRef } from '../index/range-ref.ts';

/** A range that is missing, does not hold what its name says, or lies where the disk cannot be read. */
export interface DamagedRange {
  hash: string;
  firstKey: string;
  lastKey: string;
  /** How many it named. */
  keys: number;
  message: string;
  /** Where the file is now; null where it is not there, or could not be moved. */
  movedTo: string | null;
}

/** Of `RangeStore`: what is damaged is set aside, or snapshots to come would go on using it. */
export interface VerifiedRanges extends RangeReader {
  setAside(hash: string): Promise<string | undefined>;
}

/** The entries of a snapshot, a batch for each range that can be read; the others are reported. */
export async function* entriesThatCanBeRead(
  { ranges }: { ranges: readonly RangeRef[] },
  store: VerifiedRanges,
  onDamaged: (range: DamagedRange) => void,
): AsyncGenerator<Entry[]> {
  for (const ref of ranges) {
    const entries = await readOr(ref, store, onDamaged);
    if (entries !== undefined) yield entries;
  }
}

async function readOr(
  ref: RangeRef,
  store: VerifiedRanges,
  onDamaged: (range: DamagedRange) => void,
): Promise<Entry[] | undefined> {
  try {
    return await readRange(store, ref);
  } catch (error) {
    // SNAPSHOTS_DIR: a sector that cannot be read is damage like any other.
    if (!(error instanceof BackupError) || !['INDEX_DAMAGED', 'SNAPSHOTS_DIR'].includes(error.code))
      throw error;
    const { hash, firstKey, lastKey, entries: keys } = ref;
    const movedTo = await setAside(hash, store);
    const entriesAfterAll = movedTo === null ? await readAgain(ref, store) : undefined;
    if (entriesAfterAll !== undefined) return entriesAfterAll;
    onDamaged({ hash, firstKey, lastKey, keys, message: error.message, movedTo });
    return undefined;
  }
}

/** What was set aside while the disk could not be read may be there again. */
async function readAgain(ref: RangeRef, store: VerifiedRanges): Promise<Entry[] | undefined> {
  try {
    return await readRange(store, ref);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}

/** It is found damaged all the same where it cannot be moved, as on a disk that is mounted read-only. */
async function setAside(hash: string, store: VerifiedRanges): Promise<string | null> {
  try {
    return (await store.setAside(hash)) ?? null;
  } catch (error) {
    if (error instanceof BackupError) return null;
    throw error;
  }
}

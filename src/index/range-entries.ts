/** The entries of one range, checked against what its manifest says of it. */
import { compareKeys } from '../key-order.ts';
import type { Entry } from './entry.ts';
import { parseEntries } from './entry-line.ts';
import { rangeDamaged } from './file-error.ts';
import type { RangeReader, RangeRef } from './range-ref.ts';

/**
 * All entries of a range, in order.
 * @throws BackupError INDEX_DAMAGED naming the file where it is missing or damaged, or where its entries are not in order or
 * not those that the manifest announces
 */
export async function readRange(store: RangeReader, ref: RangeRef): Promise<Entry[]> {
  const path = store.pathOf(ref.hash);
  const entries = parseEntries(await store.read(ref.hash), path);
  checkRange(entries, ref, path);
  return entries;
}

function checkRange(entries: Entry[], ref: RangeRef, path: string): void {
  let sizeBytes = 0;
  let previous: string | undefined;
  for (const entry of entries) {
    if (previous !== undefined && compareKeys(previous, entry.key) >= 0) {
      throw rangeDamaged(path, `key ${JSON.stringify(entry.key)} is out of order`);
    }
    previous = entry.key;
    sizeBytes += entry.sizeBytes;
  }
  const isAnnounced =
    entries[0]?.key === ref.firstKey &&
    previous === ref.lastKey &&
    entries.length === ref.entries &&
    sizeBytes === ref.sizeBytes;
  if (!isAnnounced) throw rangeDamaged(path, 'its keys or totals are not those that the manifest states');
}

/** True where a range can hold keys that begin with `prefix`, a plain string prefix (trap 8). */
export function mayHoldPrefix(ref: RangeRef, prefix: string): boolean {
  const beginsTooLate = compareKeys(ref.firstKey, prefix) > 0 && !ref.firstKey.startsWith(prefix);
  return !beginsTooLate && compareKeys(ref.lastKey, prefix) >= 0;
}

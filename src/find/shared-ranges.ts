/** The ranges of many snapshots, each once. */
import { mayHoldPrefix } from '../index/range-entries.ts';
import type { RangeRef } from '../index/range-ref.ts';
import { compareKeys } from '../key-order.ts';

export interface SharedRange {
  ref: RangeRef;
  /** The snapshots that have it. */
  snapshots: string[];
}

/** Those that may hold keys with the prefix, by their first keys. */
export function sharedRanges(
  lists: readonly { name: string; ranges: readonly RangeRef[] }[],
  prefix: string,
): SharedRange[] {
  const byHash = new Map<string, SharedRange>();
  for (const { name, ranges } of lists) {
    for (const ref of ranges) {
      if (!mayHoldPrefix(ref, prefix)) continue;
      const known = byHash.get(ref.hash);
      if (known === undefined) byHash.set(ref.hash, { ref, snapshots: [name] });
      else known.snapshots.push(name);
    }
  }
  return [...byHash.values()].sort((a, b) => compareKeys(a.ref.firstKey, b.ref.firstKey));
}

/** Groups such that no key can be in ranges of two of them. Small ones: snapshots cut at the same keys, mostly. */
export function* groupOverlapping(sorted: readonly SharedRange[]): Generator<SharedRange[]> {
  let group: SharedRange[] = [];
  let lastKey = '';
  for (const range of sorted) {
    if (group.length > 0 && compareKeys(range.ref.firstKey, lastKey) > 0) {
      yield group;
      group = [];
    }
    group.push(range);
    if (group.length === 1 || compareKeys(range.ref.lastKey, lastKey) > 0) lastKey = range.ref.lastKey;
  }
  if (group.length > 0) yield group;
}

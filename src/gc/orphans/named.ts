/**
 * Which versions snapshots name: the union of all of them, as far as it has to be read. Each range is opened once for many versions,
 * however many snapshots have it, and only where a version is asked for that it could name.
 */
import { Places } from '../../index/places.ts';
import { namesNothingAfterMs, type Manifest } from '../../index/manifest.ts';
import type { RangeRef } from '../../index/range-ref.ts';
import type { RangeStore } from '../../index/range-store.ts';
import { EntryFinder } from '../../index/version-lines.ts';
import { isSameVersion } from '../../index/version-identity.ts';
import { compareKeys } from '../../key-order.ts';
import { wholeSecondMs } from '../../snapshot/as-of.ts';
import { firstWhere } from './first-where.ts';
import type { Orphan } from './orphan.ts';

/** A range; none of the snapshots that have it names a younger version. */
interface UsedRange {
  ref: RangeRef;
  upToMs: number;
}

/** Ranges that are in memory at once, however many ask. */
const rangesAtOnce = 2;

export class NamedVersions {
  readonly #snapshots: readonly Manifest[];
  readonly #ranges: Pick<RangeStore, 'read'>;
  readonly #places = new Places(rangesAtOnce);

  /** @param snapshots all of the bucket, those that are being deleted too */
  constructor(snapshots: readonly Manifest[], ranges: Pick<RangeStore, 'read'>) {
    this.#snapshots = snapshots;
    this.#ranges = ranges;
  }

  /**
   * Those that no snapshot names, in their order.
   * @param suspects by key; several of one key may be there
   * @throws BackupError INDEX_DAMAGED where a range cannot be read: what it names is then unknown
   */
  async without(suspects: readonly Orphan[], signal: AbortSignal): Promise<Orphan[]> {
    const groups = byKey(suspects);
    for (const used of this.#rangesBeside(suspects)) {
      signal.throwIfAborted();
      await this.#strikeOut(groups, used);
    }
    return groups.flatMap(({ left }) => left);
  }

  /** The ranges that may hold the keys, each once. */
  #rangesBeside(suspects: readonly Orphan[]): Iterable<UsedRange> {
    const firstKey = suspects[0]?.key;
    const lastKey = suspects.at(-1)?.key;
    const used = new Map<string, UsedRange>();
    if (firstKey === undefined || lastKey === undefined) return [];
    for (const manifest of this.#snapshots) {
      const { ranges } = manifest;
      const upToMs = namesNothingAfterMs(manifest);
      for (let at = firstNotBefore(ranges, firstKey); at < ranges.length; at += 1) {
        const ref = ranges[at];
        if (ref === undefined || compareKeys(ref.firstKey, lastKey) > 0) break;
        used.set(ref.hash, { ref, upToMs: Math.max(upToMs, used.get(ref.hash)?.upToMs ?? -Infinity) });
      }
    }
    return used.values();
  }

  async #strikeOut(groups: readonly KeyGroup[], { ref, upToMs }: UsedRange): Promise<void> {
    const asked: KeyGroup[] = [];
    for (let at = firstGroupFrom(groups, ref.firstKey); at < groups.length; at += 1) {
      const group = groups[at];
      if (group === undefined || compareKeys(group.key, ref.lastKey) > 0) break;
      // A snapshot names nothing that is younger than it.
      if (group.left.some(({ lastModifiedMs }) => wholeSecondMs(lastModifiedMs) <= upToMs)) asked.push(group);
    }
    if (asked.length === 0) return;
    await this.#places.use(async () => {
      const finder = new EntryFinder(await this.#ranges.read(ref.hash));
      for (const group of asked) {
        const entry = finder.find(group.key);
        if (entry !== undefined) group.left = group.left.filter((suspect) => !isSameVersion(suspect, entry));
      }
    });
  }
}

/** The suspects of a key that no range was found to name, as yet. */
interface KeyGroup {
  key: string;
  left: Orphan[];
}

function byKey(suspects: readonly Orphan[]): KeyGroup[] {
  const groups: KeyGroup[] = [];
  for (const suspect of suspects) {
    const last = groups.at(-1);
    if (last?.key === suspect.key) last.left.push(suspect);
    else groups.push({ key: suspect.key, left: [suspect] });
  }
  return groups;
}

function firstNotBefore(ranges: readonly RangeRef[], key: string): number {
  return firstWhere(ranges.length, (i) => compareKeys(ranges[i]?.lastKey ?? '', key) >= 0);
}

function firstGroupFrom(groups: readonly KeyGroup[], key: string): number {
  return firstWhere(groups.length, (i) => compareKeys(groups[i]?.key ?? '', key) >= 0);
}

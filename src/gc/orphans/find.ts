/**
 * Finds orphans: one listing of all that snapshots cover, in slices side by side, beside the union of what they name. Memory holds the
 * suspects of a few slices, and of those no more than so many; it depends neither on the bucket nor on how many snapshots there are.
 */
import { forEachConcurrently } from '../../concurrency.ts';
import type { GcBucket } from '../bucket.ts';
import type { Observer } from '../../observer.ts';
import type { ListedVersion } from '../../s3/types.ts';
import type { Coverage } from './coverage.ts';
import { KeyHistory } from './key-history.ts';
import type { NamedVersions } from './named.ts';
import type { Orphan } from './orphan.ts';

export interface OrphanSearch {
  coverage: Coverage;
  named: NamedVersions;
  /** Called with batches, each by key, all of a key in one or in batches that follow each other; many at once. */
  found: (orphans: readonly Orphan[]) => Promise<void>;
  concurrency: number;
}

export interface OrphanTotals {
  /** Object versions and delete markers that the listing showed. */
  listed: number;
  orphans: number;
  /** Keys of which nothing could be said: their listing does not begin with the current version. */
  unclearKeys: number;
}

/** Of the newest snapshot's ranges: some 260,000 keys. */
const rangesPerSlice = 16;
const slicesAtOnce = 8;
/** Suspects that are looked up together. */
const suspectsAtOnce = 20_000;

/** The keys in `(after, upTo]` that begin with `prefix`. */
interface Slice {
  prefix: string;
  after?: string;
  upTo?: string;
}

/** @throws BackupError INDEX_DAMAGED where a range cannot be read, and what a listing throws */
export async function findOrphans(
  search: OrphanSearch,
  dependencies: { bucket: Pick<GcBucket, 'listVersions'>; observer: Observer; signal: AbortSignal },
): Promise<OrphanTotals> {
  const totals: OrphanTotals = { listed: 0, orphans: 0, unclearKeys: 0 };
  const { bucket, observer, signal } = dependencies;
  const slices = slicesOf(search.coverage);
  await forEachConcurrently(slices, Math.min(search.concurrency, slicesAtOnce), async (slice) => {
    const suspects = new Suspects(search, totals, signal);
    for await (const page of bucket.listVersions(slice, { signal })) {
      signal.throwIfAborted();
      for (const version of page.versions) suspects.see(version);
      await suspects.lookUpIfMany();
      totals.listed += page.versions.length;
      observer.progress({ phase: 'looking for orphans', done: totals.listed, unit: 'versions' });
    }
    await suspects.finish();
  });
  return totals;
}

function slicesOf(coverage: Coverage): Slice[] {
  return coverage.widest().flatMap(({ prefix, newest }) => {
    const bounds = newest.ranges.map(({ lastKey }) => lastKey);
    const seams = bounds.filter((_, index) => index % rangesPerSlice === rangesPerSlice - 1);
    return [...seams, undefined].map((upTo, index) => {
      const after = seams[index - 1];
      return { prefix, ...(after !== undefined && { after }), ...(upTo !== undefined && { upTo }) };
    });
  });
}

/** What is history in a slice, until it is known whether a snapshot names it. */
class Suspects {
  readonly #search: OrphanSearch;
  readonly #totals: OrphanTotals;
  readonly #signal: AbortSignal;
  #waiting: Orphan[] = [];
  #first: ListedVersion | undefined;
  #history: KeyHistory | undefined;

  constructor(search: OrphanSearch, totals: OrphanTotals, signal: AbortSignal) {
    this.#search = search;
    this.#totals = totals;
    this.#signal = signal;
  }

  see(version: ListedVersion): void {
    if (version.key !== this.#first?.key) {
      this.#endKey();
      this.#first = version;
    } else {
      this.#history ??= this.#historyFrom(this.#first);
      this.#history?.push(version);
    }
  }

  async lookUpIfMany(): Promise<void> {
    if (this.#waiting.length >= suspectsAtOnce) await this.#lookUp();
  }

  async finish(): Promise<void> {
    this.#endKey();
    await this.#lookUp();
  }

  #historyFrom(first: ListedVersion): KeyHistory | undefined {
    const horizons = this.#search.coverage.horizonsOf(first.key);
    const history = horizons && new KeyHistory(horizons, (orphan) => this.#waiting.push(orphan));
    history?.push(first);
    return history;
  }

  #endKey(): void {
    // Most keys have one version, of which there is nothing to say.
    if (this.#first?.isDeleteMarker) this.#history ??= this.#historyFrom(this.#first);
    this.#history?.finish();
    if (this.#history?.isClear === false) this.#totals.unclearKeys += 1;
    this.#history = undefined;
    this.#first = undefined;
  }

  async #lookUp(): Promise<void> {
    const orphans = await this.#search.named.without(this.#waiting, this.#signal);
    this.#waiting = [];
    this.#totals.orphans += orphans.length;
    if (orphans.length > 0) await this.#search.found(orphans);
  }
}

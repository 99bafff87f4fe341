/** The hot path: listing, selecting what was current as of the time, writing it as ranges; memory is bounded. */
import type { Entry } from '../index/entry.ts';
import type { RangeRef } from '../index/range-ref.ts';
import { RangeWriter } from '../index/range-writer.ts';
import { AsOfSelector } from './as-of.ts';
import type { SnapshotDependencies } from './options.ts';

export interface ListingRequest {
  prefix: string;
  asOfMs: number;
  /** The previous snapshot's, for the progress line. */
  estimatedKeys?: number | undefined;
}

export interface ListingResult {
  keys: number;
  bytes: number;
  requests: number;
  ranges: RangeRef[];
  newRanges: number;
}

export async function listIntoRanges(
  request: ListingRequest,
  { bucket, repository, observer, signal }: SnapshotDependencies,
): Promise<ListingResult> {
  const writer = new RangeWriter(repository.ranges);
  let selected: Entry[] = [];
  const selector = new AsOfSelector(request.asOfMs, (entry) => selected.push(entry));
  const totals = { keys: 0, bytes: 0, requests: 0 };
  const writeSelected = async (): Promise<void> => {
    for (const entry of selected) totals.bytes += entry.sizeBytes;
    totals.keys += selected.length;
    await writer.write(selected);
    selected = [];
  };
  const pages = bucket.listVersions(
    { prefix: request.prefix },
    { signal, onRequest: () => (totals.requests += 1) },
  );
  try {
    for await (const page of pages) {
      for (const version of page.versions) selector.push(version);
      await writeSelected();
      observer.progress({
        phase: 'listing',
        done: totals.keys,
        unit: 'keys',
        ...(request.estimatedKeys !== undefined && { total: request.estimatedKeys }),
      });
    }
    selector.finish();
    await writeSelected();
    const written = await writer.finish();
    return { ...totals, ranges: written.ranges, newRanges: written.newRanges };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

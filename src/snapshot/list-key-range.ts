/** Lists one key range, page by page, for as long as its upper bound, which may be lowered meanwhile, is not reached. */
import { detached } from '../detached.ts';
import type { ListedVersion, VersionPage } from '../s3/types.ts';
import type { SnapshotBucket } from './bucket.ts';
import type { ConcurrencyController } from './concurrency-controller.ts';
import { PartWriter, type PartWriterOptions } from './part-writer.ts';
import type { RequestGate } from './request-gate.ts';
import type { PageSummary, RunningRange } from './running-range.ts';

export interface KeyRangeListing extends PartWriterOptions {
  bucket: SnapshotBucket;
  prefix: string;
  pageSize?: number | undefined;
  gate: RequestGate;
  controller: ConcurrencyController;
  signal: AbortSignal;
  onRequest: () => void;
  /** Called once a page has come; the last one ends the range: nothing may be split off it any more. */
  onPage: (range: RunningRange, page: PageSummary, isLast: boolean) => void;
  /** Called with how many entries were written. */
  onEntries: (entries: number) => void;
}

/** @throws what a request, the disk, or the signal throws; what was closed off before stays */
export async function listKeyRange(range: RunningRange, listing: KeyRangeListing): Promise<void> {
  const writer = new PartWriter(range.after, listing);
  const pages = requestPages(range, listing);
  try {
    for (let isLast = false; !isLast;) {
      const { value: page } = await listing.gate.pass(() => pages.next());
      if (page === undefined) throw new Error('The listing ended without a last page.');
      const versions = withinBounds(page.versions, range);
      isLast = versions.length < page.versions.length || !page.isTruncated;
      const keys = writer.select(versions);
      listing.onPage(range, summaryOf(versions, keys), isLast);
      listing.onEntries(await writer.write());
    }
    listing.onEntries(await writer.finish(range.upTo));
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    await pages.return?.();
  }
}

function requestPages(range: RunningRange, listing: KeyRangeListing): AsyncIterator<VersionPage, undefined> {
  const { bucket, prefix, pageSize, signal, controller } = listing;
  const watch = controller.watch();
  const onRequest = (): void => {
    watch.onRequest();
    listing.onRequest();
  };
  const part = {
    prefix,
    ...(range.after !== undefined && { after: range.after }),
    ...(range.upTo !== undefined && { upTo: range.upTo }),
    ...(pageSize !== undefined && { pageSize }),
  };
  const options = { signal, onRequest, onAnswer: watch.onAnswer };
  return bucket.listVersions(part, options)[Symbol.asyncIterator]() as AsyncIterator<VersionPage, undefined>;
}

function withinBounds(versions: readonly ListedVersion[], range: RunningRange): readonly ListedVersion[] {
  let end = versions.length;
  while (end > 0 && !range.includes(versions[end - 1]!.key)) end--;
  return end === versions.length ? versions : versions.slice(0, end);
}

const samplesPerPage = 4;

function summaryOf(versions: readonly ListedVersion[], keys: number): PageSummary {
  const last = versions.at(-1);
  if (last === undefined) return { versions: 0, keys: 0, sampleKeys: [] };
  // They are kept for as long as the listing runs.
  const lastKey = detached(last.key);
  const step = Math.ceil(versions.length / samplesPerPage);
  const sampleKeys: string[] = [];
  for (let i = 0; i < versions.length; i += step) sampleKeys.push(detached(versions[i]!.key));
  sampleKeys.push(lastKey);
  return { versions: versions.length, keys, firstKey: sampleKeys[0], lastKey, sampleKeys };
}

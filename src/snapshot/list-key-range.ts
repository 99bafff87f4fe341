/** Lists one key range, page by page, for as long as its upper bound, which may be lowered meanwhile, is not reached. */
import type { VersionRows, VersionTable } from '../s3/version-table.ts';
import type { SnapshotBucket } from './bucket.ts';
import type { ConcurrencyController } from './concurrency-controller.ts';
import { AsOfWriter, type AsOfWriterOptions } from './as-of-writer.ts';
import type { RequestGate } from './request-gate.ts';
import type { PageSummary, RunningRange } from './running-range.ts';

export interface KeyRangeListing extends AsOfWriterOptions {
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

/** @throws what a request, the disk, or the signal throws; what was finished before stays */
export async function listKeyRange(range: RunningRange, listing: KeyRangeListing): Promise<void> {
  const writer = new AsOfWriter(range.after, listing);
  const pages = requestPages(range, listing);
  try {
    for (let isLast = false; !isLast;) {
      const { value: page } = await listing.gate.pass(() => pages.next());
      if (page === undefined) throw new Error('The listing ended without a last page.');
      const { table, from } = page;
      const to = endWithin(page, range);
      isLast = to < page.to || !page.isTruncated;
      const keys = writer.select(table, from, to);
      listing.onPage(range, summaryOf(table, from, to, keys), isLast);
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

function requestPages(range: RunningRange, listing: KeyRangeListing): AsyncIterator<VersionRows, undefined> {
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
  return bucket.listVersionRows(part, options)[Symbol.asyncIterator]() as AsyncIterator<
    VersionRows,
    undefined
  >;
}

/** Its upper bound may have been lowered since the page was asked for. */
function endWithin({ table, from, to }: VersionRows, range: RunningRange): number {
  if (to === from || range.upTo === undefined || range.includes(table.key(to - 1))) return to;
  return Math.max(from, table.firstAfter(range.upTo));
}

const samplesPerPage = 4;

function summaryOf(table: VersionTable, from: number, to: number, keys: number): PageSummary {
  if (from === to) return { versions: 0, keys: 0, sampleKeys: [] };
  const step = Math.ceil((to - from) / samplesPerPage);
  const sampleKeys: string[] = [];
  for (let row = from; row < to; row += step) sampleKeys.push(table.key(row));
  const lastKey = table.key(to - 1);
  sampleKeys.push(lastKey);
  return { versions: to - from, keys, firstKey: sampleKeys[0], lastKey, sampleKeys };
}

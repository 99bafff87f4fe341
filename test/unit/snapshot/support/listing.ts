/** Runs the listing engine over a fake bucket into a folder. */
import { systemClock } from '../../../../src/clock.ts';
import { RangeStore } from '../../../../src/index/range-store.ts';
import type { Logger } from '../../../../src/log/logger.ts';
import type { Progress } from '../../../../src/observer.ts';
import type { FinishedRange } from '../../../../src/snapshots/unfinished.ts';
import {
  listIntoRanges,
  type ListingRequest,
  type ListingResult,
} from '../../../../src/snapshot/list-into-ranges.ts';
import type { SnapshotRepository } from '../../../../src/snapshots/repository.ts';
import type { FakeBucket } from './fake-bucket.ts';

export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  close: () => Promise.resolve(),
};

export interface ListingRun {
  folder: string;
  bucket: FakeBucket;
  request?: Partial<ListingRequest>;
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
}

/** Small ranges and parts, so that a few keys make many of them. */
export async function list(run: ListingRun): Promise<ListingResult & { finished: FinishedRange[] }> {
  const finished: FinishedRange[] = [];
  const result = await listIntoRanges(
    {
      prefix: '',
      asOfMs: 10_000,
      cutBits: 3,
      concurrency: 4,
      previous: [],
      finished: [],
      onFinished: async (range) => void finished.push(range),
      pageSize: 10,
      journalEveryPages: 2,
      ...run.request,
    },
    {
      // The engine takes no more of a repository.
      repository: {
        ranges: new RangeStore(run.folder, { compress: false }),
      } as unknown as SnapshotRepository,
      bucket: run.bucket,
      clock: systemClock,
      observer: { log: silentLog, progress: run.progress ?? (() => undefined) },
      signal: run.signal ?? new AbortController().signal,
    },
  );
  return { ...result, finished };
}

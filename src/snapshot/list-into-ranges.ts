/**
 * The hot path: lists the bucket in key ranges side by side, selects what was current as of the time, writes it as ranges.
 * The ranges are the same whatever the split, the concurrency or the paging; memory is bounded by the concurrency.
 */
import type { RangeRef } from '../index/range-ref.ts';
import type { Observer } from '../observer.ts';
import { totalsOf, type FinishedRange } from '../snapshots/unfinished.ts';
import { ConcurrencyController } from './concurrency-controller.ts';
import { compareKeyRanges, cutAt, gapsBetween } from './key-range.ts';
import { KeyRangePool } from './key-range-pool.ts';
import { KnownKeys } from './known-keys.ts';
import { listKeyRange, type KeyRangeListing } from './list-key-range.ts';
import type { SnapshotDependencies } from './options.ts';
import { RequestGate } from './request-gate.ts';
import type { RunningRange } from './running-range.ts';
import { Seams } from './seams.ts';
import { Workers } from './side-by-side.ts';

export interface ListingRequest {
  prefix: string;
  asOfMs: number;
  cutBits: number;
  /** Requests in flight at most. */
  concurrency: number;
  /** The ranges of the previous snapshot: where the keys are, and about how many. */
  previous: readonly RangeRef[];
  /** What an interrupted run has finished; its ranges are on disk. */
  finished: readonly FinishedRange[];
  /** Called with each further key range that was finished, before it counts as such. */
  onFinished: (finished: FinishedRange, requests: number) => Promise<void>;
  pageSize?: number;
  journalEveryPages?: number;
}

export interface ListingResult {
  keys: number;
  bytes: number;
  requests: number;
  ranges: RangeRef[];
  newRanges: number;
}

/**
 * About half a megabyte of answers each. A resumed snapshot lists as many again at most for each place of the concurrency, and the pieces of
 * ranges that waited for their neighbours.
 */
const defaultJournalEveryPages = 32;
/** Requests in flight to begin with: a local store is busy with as many. */
const firstInFlight = 8;
/** A key range that the previous snapshot cuts out has at least so many keys. */
const leastKeysPerCut = 4000;

/** @throws what a request, the disk, or the signal throws; what was finished until then is known to `onFinished` */
export async function listIntoRanges(
  request: ListingRequest,
  dependencies: SnapshotDependencies,
): Promise<ListingResult> {
  const finished = [...request.finished];
  const requests = await listMissing(request, dependencies, finished);
  finished.sort(compareKeyRanges);
  if (gapsBetween(finished).length > 0) throw new Error('Part of the bucket was not listed.');
  const ranges = finished.flatMap((each) => each.ranges);
  const newRanges = finished.reduce((sum, each) => sum + each.newRanges, 0);
  return { ...sumsOf(ranges), requests, ranges, newRanges };
}

/** Lists what `finished` leaves out, and adds to it. @returns how many requests it took */
async function listMissing(
  request: ListingRequest,
  dependencies: SnapshotDependencies,
  finished: FinishedRange[],
): Promise<number> {
  const { prefix, concurrency, previous, pageSize } = request;
  const known = new KnownKeys(previous);
  const missing =
    finished.length === 0
      ? cutAt(known.cuts(concurrency, leastKeysPerCut))
      : gapsBetween(finished.toSorted(compareKeyRanges));
  const pool = new KeyRangePool(missing, { prefix, concurrency, known, ...(pageSize && { pageSize }) });
  const controller = new ConcurrencyController(concurrency, dependencies.clock, firstInFlight);
  const failure = new AbortController();
  const signal = AbortSignal.any([dependencies.signal, failure.signal]);
  const gate = new RequestGate(() => controller.limit, signal);
  const counter = new ListingCounter(request, dependencies.observer, gate);
  const workers = new Workers<RunningRange>({
    limit: () => controller.limit,
    take: () => pool.take(),
    work: (range) => listKeyRange(range, listing),
    signal,
    onError: (error) => failure.abort(error),
  });
  const onFinished = async (range: FinishedRange): Promise<void> => {
    await request.onFinished(range, counter.requests);
    finished.push(range);
  };
  const store = dependencies.repository.ranges;
  const seams = new Seams({ store, finished, onFinished });
  const listing: KeyRangeListing = {
    bucket: dependencies.bucket,
    prefix,
    pageSize,
    gate,
    controller,
    signal,
    store,
    seams,
    asOfMs: request.asOfMs,
    cutBits: request.cutBits,
    journalEveryPages: request.journalEveryPages ?? defaultJournalEveryPages,
    onRequest: () => counter.onRequest(),
    onPage: (range, page, isLast) => {
      pool.onPage(range, page, isLast);
      workers.launch();
    },
    onEntries: (entries) => counter.onEntries(entries),
  };
  try {
    await workers.end();
  } finally {
    await seams.discard();
  }
  signal.throwIfAborted();
  return counter.requests;
}

/** Counts, and shows how far the listing has come. */
class ListingCounter {
  readonly #observer: Observer;
  readonly #gate: RequestGate;
  readonly #expectedKeys: number;
  #keys: number;
  requests = 0;

  constructor({ previous, finished }: ListingRequest, observer: Observer, gate: RequestGate) {
    this.#observer = observer;
    this.#gate = gate;
    this.#expectedKeys = sumsOf(previous).keys;
    this.#keys = totalsOf(finished).keys;
  }

  onRequest(): void {
    this.requests += 1;
  }

  onEntries(entries: number): void {
    this.#keys += entries;
    this.#observer.progress({
      phase: 'listing',
      done: this.#keys,
      unit: 'keys',
      requestsInFlight: this.#gate.inside,
      ...(this.#expectedKeys > 0 && { total: this.#expectedKeys }),
    });
  }
}

function sumsOf(ranges: readonly RangeRef[]): { keys: number; bytes: number } {
  let keys = 0;
  let bytes = 0;
  for (const { entries, sizeBytes } of ranges) {
    keys += entries;
    bytes += sizeBytes;
  }
  return { keys, bytes };
}

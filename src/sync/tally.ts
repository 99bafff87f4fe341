/** What a sync of a site has done so far, and what it could not do. */
import { BackupError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { s3NameOf } from './problem.ts';
import type { PlannedChange, SiteResult } from './site-sync.ts';
import type { SourceProblem, SourceWatch } from './source.ts';

/** Of failures, of skips and of planned changes in the result. */
const maxListed = 10_000;
/** So many equal refusals in a row end a run where nothing of the feed was ever brought: a missing permission does not become one by trying. */
const maxEqualRefusals = 100;
/** So many in a row end a run: each has been tried for a while, and a server that is away is so for all of them. */
const maxUnreachable = 16;

type Counts = Pick<
  SiteResult,
  'uploaded' | 'same' | 'deleted' | 'tagged' | 'failed' | 'bytes' | 'filesDeleted' | 'skipped'
>;

/** What is remembered of a feed, as far as it is asked here. */
export interface Proof {
  /** Whether anything of it was brought, in whichever run. */
  readonly hasBrought: boolean;
}

/** Of a sync that has done nothing yet. */
export function emptyCounts(): Counts {
  return {
    uploaded: 0,
    same: 0,
    deleted: 0,
    tagged: 0,
    failed: 0,
    bytes: 0,
    filesDeleted: 0,
    skipped: 0,
  };
}

export class Tally implements SourceWatch {
  readonly counts = emptyCounts();
  readonly failures: SourceProblem[] = [];
  readonly skips: SourceProblem[] = [];
  readonly changes: PlannedChange[] = [];
  /** Parts of the source that could not be listed. */
  unreadableParts = 0;
  /** What should be in the bucket and is not, as it failed, has vanished, or is older than the window. Not names of which no key can be made. */
  missed = 0;
  /** Files that were left alone, as they may be half-written. */
  deferred = 0;
  /** What the last request failed with, where the store is away or does not know us, and nothing has gone well since. */
  away: BackupError | undefined;
  readonly #observer: Observer;
  /** Equal ones in a row, since the last success. */
  #refusals = { of: undefined as Proof | undefined, code: '', count: 0 };
  /** In a row, since the last answer. */
  #unreachable = 0;

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  unreadable(problem: SourceProblem): void {
    this.unreadableParts += 1;
    this.failed(problem);
  }

  failed(problem: SourceProblem): void {
    this.counts.failed += 1;
    if (problem.code !== 'NOT_UTF8') this.missed += 1;
    if (this.failures.length < maxListed) this.failures.push(problem);
    this.#observer.log.error('not brought', { ...problem });
  }

  skipped(problem: SourceProblem): void {
    this.counts.skipped += 1;
    if (this.skips.length < maxListed) this.skips.push(problem);
    this.#observer.log.debug('left out', { ...problem });
  }

  /**
   * What fails alike for some need not do so for all: it may be one folder that is denied. So only what could stand against the bucket as a
   * whole ends a run, and only where nothing of the feed was ever brought; else the rest of it would not be brought by any run.
   * @throws BackupError with the code of `error` where nothing can be brought, as far as anybody knows, or the server is away
   */
  failedRequest(problem: SourceProblem, error: BackupError, proof: Proof): void {
    this.failed(problem);
    if (error.code === 'S3_UNREACHABLE' || error.code === 'CREDENTIALS') this.away = error;
    if (error.code === 'S3_UNREACHABLE' && ++this.#unreachable >= maxUnreachable) throw error;
    if (statusOf(error) !== undefined) this.#answered(error);
    if (!isOfWhole(error)) return;
    const { of, code } = this.#refusals;
    if (of !== proof || code !== problem.code) this.#refusals = { of: proof, code: problem.code, count: 0 };
    if (++this.#refusals.count < maxEqualRefusals || proof.hasBrought) return;
    throw new BackupError(
      error.code,
      `${this.#refusals.count} in a row failed with ${problem.code}, so the rest was not tried: ${error.message}`,
      { ...(error.hint !== undefined && { hint: error.hint }), cause: error.cause },
    );
  }

  uploaded(sentBytes: number): void {
    this.#succeeded();
    this.counts.uploaded += 1;
    this.counts.bytes += sentBytes;
    this.#tell();
  }

  /** @param isAnswered the destination was asked for it */
  same(isAnswered = false): void {
    if (isAnswered) this.#succeeded();
    this.counts.same += 1;
    if (this.counts.same % 1000 === 0) this.#tell();
  }

  /** @param what `deleted` or `tagged` */
  retired(what: 'deleted' | 'tagged'): void {
    this.#succeeded();
    this.counts[what] += 1;
    this.#tell();
  }

  plan(change: PlannedChange): void {
    if (this.changes.length < maxListed) this.changes.push(change);
    if (change.action === 'upload') {
      this.counts.uploaded += 1;
      this.counts.bytes += change.sizeBytes ?? 0;
    } else if (change.action === 'delete-file') this.counts.filesDeleted += 1;
    else this.counts[change.action === 'tag' ? 'tagged' : 'deleted'] += 1;
  }

  /** A refusal shows that the store is there, though not that it knows us. */
  #answered(error: BackupError): void {
    this.#unreachable = 0;
    if (error.code !== 'CREDENTIALS') this.away = undefined;
  }

  #succeeded(): void {
    this.#refusals.count = 0;
    this.#unreachable = 0;
    this.away = undefined;
  }

  #tell(): void {
    const { uploaded, same, deleted, tagged, failed, bytes } = this.counts;
    const done = uploaded + same + deleted + tagged + failed;
    this.#observer.progress({ phase: 'syncing', done, unit: 'objects', doneBytes: bytes });
  }
}

const wholeNames =
  /^(AccountProblem|AllAccessDisabled|AuthorizationHeaderMalformed|InvalidStorageClass|PermanentRedirect|QuotaExceeded|RequestTimeTooSkewed)$/;

/** What a request for any other key could fail with alike. Errors of files and of single objects are not among it. */
function isOfWhole(error: BackupError): boolean {
  const name = s3NameOf(error);
  if (error.code === 'ACCESS_DENIED') return name !== 'InvalidObjectState';
  if (error.code !== 'S3_FAILED') return false;
  const status = statusOf(error) ?? 0;
  return status >= 500 || status === 429 || wholeNames.test(name);
}

/** Of an answer; undefined where there was none. */
function statusOf({ cause }: BackupError): number | undefined {
  const status = cause instanceof Error && 'statusCode' in cause ? cause.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** What a sync of a site has done so far, and what it could not do. */
import type { BackupError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { PlannedChange, SiteResult } from './site-sync.ts';
import type { SourceProblem, SourceWatch } from './source.ts';

/** Of failures, of skips and of planned changes in the result. */
const maxListed = 10_000;
/** So many equal failures before the first success stop a run: a missing permission does not become one by trying. */
const maxEqualFailures = 100;
/** So many in a row end a run: each has been tried for a while, and a server that is away is so for all of them. */
const maxUnreachable = 16;

type Counts = Pick<
  SiteResult,
  'uploaded' | 'same' | 'deleted' | 'tagged' | 'failed' | 'bytes' | 'filesDeleted' | 'skipped'
>;

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
  /** Files that were left alone, as they may be half-written. */
  deferred = 0;
  /** What the last request failed with, where the store is away or does not know us, and nothing has gone well since. */
  away: BackupError | undefined;
  readonly #observer: Observer;
  #firstCode: string | undefined;
  #isFirstOfAll = true;
  /** Since the last success. */
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
    if (this.failures.length < maxListed) this.failures.push(problem);
    this.#observer.log.error('not brought', { ...problem });
  }

  skipped(problem: SourceProblem): void {
    this.counts.skipped += 1;
    if (this.skips.length < maxListed) this.skips.push(problem);
    this.#observer.log.debug('left out', { ...problem });
  }

  /** @throws BackupError with the code of `error` where everything has failed alike so far, or the server is away */
  failedRequest(problem: SourceProblem, error: BackupError): void {
    this.failed(problem);
    if (error.code === 'S3_UNREACHABLE' || error.code === 'CREDENTIALS') this.away = error;
    if (error.code === 'S3_UNREACHABLE' && ++this.#unreachable >= maxUnreachable) throw error;
    this.#firstCode ??= problem.code;
    if (problem.code !== this.#firstCode) this.#isFirstOfAll = false;
    if (!this.#isFirstOfAll || this.counts.failed < maxEqualFailures) return;
    error.message = `The first ${this.counts.failed} all failed with ${problem.code}, so the rest was not tried: ${error.message}`;
    throw error;
  }

  uploaded(sentBytes: number): void {
    this.#succeeded();
    this.counts.uploaded += 1;
    this.counts.bytes += sentBytes;
    this.#tell();
  }

  same(): void {
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

  #succeeded(): void {
    this.#isFirstOfAll = false;
    this.#unreachable = 0;
    this.away = undefined;
  }

  #tell(): void {
    const { uploaded, same, deleted, tagged, failed, bytes } = this.counts;
    const done = uploaded + same + deleted + tagged + failed;
    this.#observer.progress({ phase: 'syncing', done, unit: 'objects', doneBytes: bytes });
  }
}

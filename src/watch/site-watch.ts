/**
 * Keeps what a site writes equal to its source until it is told to stop. Everything is compared first, and again every so often; between that, what
 * has changed and is quiet is brought. Nothing is remembered from run to run: the comparison at the start is what makes a restart lose nothing.
 *
 * Where events are missing, whatever the reason, the answer is always the same: compare everything.
 */
import type { Clock } from '../clock.ts';
import type { Site } from '../config/site.ts';
import { BackupError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { Feed, OpenSite, QuietOptions, SiteResult, SyncOptions } from '../sync/site-sync.ts';
import { Backoff } from './backoff.ts';
import { Bringing } from './bringing.ts';
import { FeedWatches } from './feed-watches.ts';
import type { SiteFigures } from './figures.ts';
import { watchDefaults, type WatchOptions } from './options.ts';
import { hasDone, isFruitless, isOfStore, outageOf } from './outcome.ts';

export interface SiteWatchDependencies {
  /** Takes the lock of the site, which the result holds until it is closed. */
  open: (site: Site) => Promise<OpenSite>;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}

const firstBackoffMs = 500;
/** A network that is back is noticed within that. */
const lastBackoffMs = 1_000;
/** A comparison that ended early is made again after so many times what it took: a missing folder is noticed at once, and a large bucket not listed all the time. */
const endedPauses = 20;
const shortestTickMs = 25;
const longestTickMs = 250;
/** With rotation a comparison waits for quiet files, and that for so many times as long as a single one has to be quiet. */
const quietPauses = 30;
/** Said again only so often while it lasts. */
const troubleEveryMs = 60_000;

export class SiteWatch {
  readonly figures: SiteFigures;
  readonly #site: Site;
  readonly #options: WatchOptions;
  readonly #dependencies: SiteWatchDependencies;
  readonly #backoff = new Backoff(firstBackoffMs, lastBackoffMs);
  /** Why everything is to be compared; undefined: it is not due. */
  #reconcileReason: string | undefined;
  #reconcileDueMs = 0;
  #reconciledMs = -Infinity;
  /** The last comparison was kept from deleting, or from going on: until one is not, nothing else ends that, and batches go on meanwhile. */
  #isHeldUp = false;
  /** Something broke off since the last comparison began: what was under way may have been done, or half of it. */
  #isInterrupted = false;
  /** Comparisons in a row in which something failed. */
  #failedComparisons = 0;
  #lostLock: BackupError | undefined;
  #troubleToldMs = -Infinity;

  constructor(site: Site, options: WatchOptions, figures: SiteFigures, dependencies: SiteWatchDependencies) {
    this.#site = site;
    this.#options = options;
    this.figures = figures;
    this.#dependencies = dependencies;
  }

  /** @throws the signal's reason; BackupError LOCKED, USAGE and CONFIG_INVALID where it cannot begin */
  async run(): Promise<never> {
    const { clock, signal } = this.#dependencies;
    // At the start, and where another run has taken the lock over.
    let mayEnd = true;
    for (;;) {
      try {
        const opened = await this.#open();
        mayEnd = false;
        await this.#follow(opened);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof BackupError) || (mayEnd && isHopeless(error))) throw error;
        if (error === this.#lostLock) mayEnd = true;
        this.#backoff.failed(clock.nowMs());
        this.#onTrouble(error);
      }
      await clock.sleep(longestTickMs, signal);
    }
  }

  async #open(): Promise<OpenSite> {
    const { open, clock, signal } = this.#dependencies;
    while (!this.#backoff.isOver(clock.nowMs())) await clock.sleep(longestTickMs, signal);
    return await open(this.#site);
  }

  /** Until the folders of the site are others, or something stands against the whole of it. */
  async #follow(opened: OpenSite): Promise<void> {
    const { clock, signal } = this.#dependencies;
    this.#lostLock = undefined;
    const watches = new FeedWatches(this.#site, opened, {
      isPolled: this.#options.pollEveryMs !== undefined,
      nowMs: () => clock.nowMs(),
      onEvent: () => this.#onEvent(),
      onLost: (reason) => this.#onLost(reason),
    });
    const bringing = new Bringing(opened, watches, this.#syncOptions(watches), {
      isWhole: this.#site.rotate !== undefined,
      signal,
      onResult: (result) => {
        const isOver = outageOf(result) === undefined && !isFruitless(result);
        // Where nothing was to be done, the comparison finds out whether the trouble is over.
        const isOpen = this.#isInterrupted || (this.figures.trouble !== '' && !hasDone(result));
        if (isOver && isOpen && !this.#isHeldUp) this.#compareAll('it goes on');
        this.#onResult(result, { isWhole: false });
      },
      onTrouble: (error) => this.#onInterruption(error),
      // What ended early is compared again in a while.
      onCompareAll: (reason) => {
        if (!this.#isHeldUp) this.#compareAll(reason);
      },
    });
    try {
      // Watched first, so that what changes during the comparison is told.
      await watches.start();
      this.#compareAll('the watch begins');
      // Where folders come and go all the time, what was opened is compared all the same.
      do await this.#turn(opened, watches, bringing);
      while (!(await watches.hasOtherFolders()));
      // A large file is not broken off, and the others do not wait for it.
      while (bringing.hasLarge) await this.#turn(opened, watches, bringing, { isLast: true });
      await bringing.settled();
    } finally {
      watches.close();
      await bringing.settled();
      await opened.close();
    }
  }

  /** @param isLast all is opened anew as soon as no large file is under way */
  async #turn(
    opened: OpenSite,
    watches: FeedWatches,
    bringing: Bringing,
    { isLast = false } = {},
  ): Promise<void> {
    const { clock, signal } = this.#dependencies;
    signal.throwIfAborted();
    if (this.#lostLock !== undefined) throw this.#lostLock;
    const nowMs = clock.nowMs();
    if (nowMs - this.#reconciledMs >= this.#reconcileEveryMs(watches)) this.#compareAll('it is time');
    if (this.#backoff.isOver(nowMs)) {
      const isDue = this.#reconcileReason !== undefined;
      const isFree = bringing.inFlight === 0;
      if (isDue && isFree && this.#mayReconcile(watches, nowMs)) await this.#reconcile(opened, watches);
      // A comparison waits for what is under way, but nothing else has to wait for a large file, or for files to become quiet, with it.
      else if (!isDue || isFree || bringing.isLargeAlone)
        await bringing.begin({ isCautious: this.#backoff.failures > 0, isSmallOnly: isDue || isLast });
    }
    this.figures.queue = watches.size;
    this.figures.inFlight = bringing.inFlight;
    this.figures.watchedFolders = watches.watchedCount;
    this.figures.unwatchedFolders = watches.unwatchedCount;
    await clock.sleep(this.#tickMs(), signal);
  }

  /** Rotation counts files: one that is still being written counts for nothing yet. One that never ends keeps the others only for a while. */
  #mayReconcile(watches: FeedWatches, nowMs: number): boolean {
    const { rotate, watchIntervalMs } = this.#site;
    if (rotate === undefined || watches.size === 0) return true;
    return nowMs - this.#reconcileDueMs >= watchIntervalMs * quietPauses;
  }

  #reconcileEveryMs(watches: FeedWatches): number {
    const { pollEveryMs, reconcileEveryMs } = this.#options;
    if (pollEveryMs !== undefined) return pollEveryMs;
    return watches.isAllWatched ? reconcileEveryMs : Math.min(watchDefaults.pollEveryMs, reconcileEveryMs);
  }

  async #reconcile(opened: OpenSite, watches: FeedWatches): Promise<void> {
    const { clock, signal, observer } = this.#dependencies;
    const reason = this.#reconcileReason ?? '';
    this.#reconcileReason = undefined;
    this.#isInterrupted = false;
    observer.log.debug('everything is compared', { site: this.#site.name, reason });
    try {
      await watches.start();
      const result = await opened.sync(this.#syncOptions(watches), signal);
      this.#setPace(result, reason, opened, watches);
      if (result.error === undefined) {
        this.figures.reconciles += 1;
        this.figures.lastReconcileMs = clock.nowMs();
      }
      if (this.#hasFilesByThemselves) watches.retry(result.failures.map(({ key }) => key));
      this.#onResult(result, { isWhole: true });
    } catch (error) {
      this.#compareAll(reason);
      if (!(error instanceof BackupError)) throw error;
      signal.throwIfAborted();
      this.#onInterruption(error);
    }
  }

  /** When everything is compared again. */
  #setPace(result: SiteResult, reason: string, opened: OpenSite, watches: FeedWatches): void {
    const { error, away, failed } = result;
    // Where files can be brought by themselves, one of those that failed tries whether it goes again.
    const isRepeated = isOfStore(error ?? away) && !(failed > 0 && this.#hasFilesByThemselves);
    this.#isHeldUp = error !== undefined && !isOfStore(error);
    this.#failedComparisons = failed > 0 ? this.#failedComparisons + 1 : 0;
    if (isRepeated) this.#compareAll(reason);
    const everyMs = this.#reconcileEveryMs(watches);
    // No comparison changes the name of a folder.
    const isLasting = opened.refused.some((folder) => folder.error === error);
    const isSooner = failed > 0 || (this.#isHeldUp && !isLasting);
    const waitMs = isSooner ? Math.min(this.#retryMs(result), everyMs) : everyMs;
    this.#reconciledMs = this.#dependencies.clock.nowMs() - everyMs + waitMs;
  }

  /** Files that fail are tried again by themselves, so what always fails does not have everything compared ever again. */
  #retryMs({ error, durationMs }: SiteResult): number {
    const { pollEveryMs } = watchDefaults;
    if (error === undefined) return pollEveryMs * 2 ** (this.#failedComparisons - 1);
    // However short it was: batches have to get their turn once what it ended with is waited for.
    const pausesMs = Math.max(durationMs * endedPauses, 2 * lastBackoffMs);
    if (error.code === 'REFUSED') return pausesMs;
    return Math.max(durationMs, Math.min(pausesMs, pollEveryMs));
  }

  /** Else they are brought by comparisons alone. */
  get #hasFilesByThemselves(): boolean {
    return this.#site.rotate === undefined && this.#site.source.kind !== 'bucket';
  }

  #syncOptions(watches: FeedWatches): SyncOptions {
    const { maxDelete, mayDeleteMost } = this.#options;
    // Nobody is there to be asked.
    const options = { dryRun: false, maxDelete, ...(!mayDeleteMost && { confirm: async () => false }) };
    // An object is there as a whole or not at all, and nothing comes and goes with its folder.
    if (this.#site.source.kind === 'bucket') return options;
    const onDeferred = (feed: Feed, key: string): void => watches.add(feed, key);
    const isJudged: QuietOptions['isJudged'] = (...state) => watches.isJudged(...state);
    return { ...options, quiet: { forMs: this.#site.watchIntervalMs, onDeferred, isJudged } };
  }

  #compareAll(reason: string): void {
    if (this.#reconcileReason !== undefined) return;
    this.#reconcileReason = reason;
    this.#reconcileDueMs = this.#dependencies.clock.nowMs();
  }

  #onEvent(): void {
    this.figures.events += 1;
    this.figures.lastEventMs = this.#dependencies.clock.nowMs();
  }

  #onLost(reason: string): void {
    this.figures.lost += 1;
    if (this.#reconcileReason === undefined)
      this.#dependencies.observer.log.warn('changes may have gone unnoticed: everything is compared', {
        site: this.#site.name,
        reason,
      });
    this.#compareAll(reason);
  }

  #onResult(result: SiteResult, { isWhole }: { isWhole: boolean }): void {
    const { site, uploaded, same, deleted, failed, durationMs } = result;
    this.#dependencies.observer.log.debug('brought', { site, uploaded, same, deleted, failed, durationMs });
    this.figures.uploaded += result.uploaded;
    this.figures.deleted += result.deleted;
    this.figures.tagged += result.tagged;
    this.figures.failed += result.failed;
    this.figures.bytes += result.bytes;
    const outage = outageOf(result);
    if (outage !== undefined) {
      // What stands against one folder keeps the others from nothing.
      if (isWhole || isOfStore(outage)) this.#backoff.failed(this.#dependencies.clock.nowMs());
      if (result.error !== undefined) this.#isInterrupted = true;
      this.#onTrouble(outage);
      return;
    }
    if (isWhole ? isFruitless(result) : !hasDone(result)) return;
    this.figures.lastSuccessMs = this.#dependencies.clock.nowMs();
    if (this.figures.trouble !== '' && !this.#isHeldUp) {
      this.#dependencies.observer.log.warn('it goes on', { site: this.#site.name });
      this.figures.trouble = '';
      this.#troubleToldMs = -Infinity;
    }
    this.#backoff.succeeded();
  }

  #onInterruption(error: BackupError): void {
    // Somebody else may be at work here: nothing more is done under it.
    if (error.code === 'LOCKED') this.#lostLock = error;
    this.#isInterrupted = true;
    this.#backoff.failed(this.#dependencies.clock.nowMs());
    this.#onTrouble(error);
  }

  #onTrouble(error: BackupError): void {
    const nowMs = this.#dependencies.clock.nowMs();
    this.figures.trouble = error.message;
    if (nowMs - this.#troubleToldMs < troubleEveryMs) return;
    this.#troubleToldMs = nowMs;
    this.#dependencies.observer.log.error(error.message, {
      site: this.#site.name,
      code: error.code,
      hint: error.hint ?? 'It is tried again.',
    });
  }

  #tickMs(): number {
    return Math.min(Math.max(this.#site.watchIntervalMs / 8, shortestTickMs), longestTickMs);
  }
}

/** What does not get better by waiting. */
function isHopeless({ code }: BackupError): boolean {
  return code === 'LOCKED' || code === 'USAGE' || code === 'CONFIG_INVALID';
}

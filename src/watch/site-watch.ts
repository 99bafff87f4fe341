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
import type { Feed, OpenSite, SiteResult, SyncOptions } from '../sync/site-sync.ts';
import { Backoff } from './backoff.ts';
import { Bringing } from './bringing.ts';
import { FeedWatches } from './feed-watches.ts';
import type { SiteFigures } from './figures.ts';
import { watchDefaults, type WatchOptions } from './options.ts';

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
/** A refused comparison is made again after so many times what it took: a missing folder is noticed at once, and a large bucket not listed all the time. */
const refusedPauses = 20;
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
  /** The last comparison was kept from deleting: until one is not, nothing else ends that. */
  #isRefused = false;
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
    let isFirst = true;
    for (;;) {
      try {
        await this.#follow();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof BackupError) || (isFirst && isHopeless(error))) throw error;
        this.#onTrouble(error);
      }
      isFirst = false;
      await clock.sleep(longestTickMs, signal);
    }
  }

  /** Until the folders of the site are others, or something stands against the whole of it. */
  async #follow(): Promise<void> {
    const { open, clock, signal } = this.#dependencies;
    while (!this.#backoff.isOver(clock.nowMs())) await clock.sleep(longestTickMs, signal);
    const opened = await open(this.#site);
    const watches = new FeedWatches(this.#site, opened.feeds, {
      isPolled: this.#options.pollEveryMs !== undefined,
      nowMs: () => clock.nowMs(),
      onEvent: () => this.#onEvent(),
      onLost: (reason) => this.#onLost(reason),
    });
    const bringing = new Bringing(opened, watches, this.#syncOptions(watches), {
      isWhole: this.#site.rotate !== undefined,
      signal,
      onResult: (result) => {
        // What was under way when it began may have been done, or half of it.
        if (this.figures.trouble !== '' && !this.#isRefused && result.error === undefined)
          this.#compareAll('it goes on');
        this.#onResult(result);
      },
      onTrouble: (error) => this.#onTrouble(error),
      // What was refused is compared again in a while.
      onCompareAll: (reason) => {
        if (!this.#isRefused) this.#compareAll(reason);
      },
    });
    try {
      // Watched first, so that what changes during the comparison is told.
      await watches.start();
      this.#compareAll('the watch begins');
      while (!(await watches.hasOtherFolders())) await this.#turn(opened, watches, bringing);
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
    observer.log.debug('everything is compared', { site: this.#site.name, reason });
    try {
      await watches.start();
      const result = await opened.sync(this.#syncOptions(watches), signal);
      this.#isRefused = result.error?.code === 'REFUSED';
      if (result.error !== undefined && !this.#isRefused) this.#reconcileReason ??= reason;
      else {
        this.#reconciledMs = clock.nowMs();
        // What failed is found by the next comparison, and what was refused judged again.
        if (this.#isRefused || result.failed > 0)
          this.#reconciledMs -= this.#reconcileEveryMs(watches) - this.#retryMs(watches, result);
      }
      if (result.error === undefined) {
        this.figures.reconciles += 1;
        this.figures.lastReconcileMs = clock.nowMs();
      }
      this.#onResult(result);
    } catch (error) {
      this.#reconcileReason ??= reason;
      if (!(error instanceof BackupError)) throw error;
      signal.throwIfAborted();
      this.#onTrouble(error);
    }
  }

  #retryMs(watches: FeedWatches, { durationMs }: SiteResult): number {
    const waitMs = this.#isRefused ? durationMs * refusedPauses : watchDefaults.pollEveryMs;
    return Math.min(waitMs, this.#reconcileEveryMs(watches));
  }

  #syncOptions(watches: FeedWatches): SyncOptions {
    const { maxDelete, mayDeleteMost } = this.#options;
    // Nobody is there to be asked.
    const options = { dryRun: false, maxDelete, ...(!mayDeleteMost && { confirm: async () => false }) };
    // An object is there as a whole or not at all, and nothing comes and goes with its folder.
    if (this.#site.source.kind === 'bucket') return options;
    const onDeferred = (feed: Feed, key: string): void => watches.add(feed, key);
    return { ...options, quiet: { forMs: this.#site.watchIntervalMs, onDeferred } };
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

  #onResult(result: SiteResult): void {
    const { site, uploaded, same, deleted, failed, durationMs } = result;
    this.#dependencies.observer.log.debug('brought', { site, uploaded, same, deleted, failed, durationMs });
    this.figures.uploaded += result.uploaded;
    this.figures.deleted += result.deleted;
    this.figures.tagged += result.tagged;
    this.figures.failed += result.failed;
    this.figures.bytes += result.bytes;
    if (result.error !== undefined) {
      this.#onTrouble(result.error);
      return;
    }
    this.figures.lastSuccessMs = this.#dependencies.clock.nowMs();
    if (this.figures.trouble !== '' && !this.#isRefused) {
      this.#dependencies.observer.log.warn('it goes on', { site: this.#site.name });
      this.figures.trouble = '';
      this.#troubleToldMs = -Infinity;
    }
    this.#backoff.succeeded();
  }

  #onTrouble(error: BackupError): void {
    const nowMs = this.#dependencies.clock.nowMs();
    this.figures.trouble = error.message;
    this.#backoff.failed(nowMs);
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

/** Brings what is ready, some of it side by side: a large file must not hold up the small ones behind it. */
import { BackupError } from '../errors.ts';
import type { Feed, OpenSite, SiteResult, SyncOptions } from '../sync/site-sync.ts';
import type { FeedWatch, ReadyKey } from './feed-watch.ts';
import type { FeedWatches } from './feed-watches.ts';
import { isOfStore, outageOf } from './outcome.ts';

export interface BringingDependencies {
  /** Files mean something together: none is brought by itself, all are compared. */
  isWhole: boolean;
  signal: AbortSignal;
  onResult: (result: SiteResult) => void;
  /** It stands against more than the single file. */
  onTrouble: (error: BackupError) => void;
  onCompareAll: (reason: string) => void;
}

export interface BeginOptions {
  /** The last thing failed: one file tries whether it goes again. */
  isCautious?: boolean;
  /** Something waits until nothing is under way: no more large files, or they would hold it up one after the other. */
  isSmallOnly?: boolean;
}

/** Batches and folders under way. */
const maxInFlight = 4;
const keysInBatch = 500;
/** Larger files go by themselves. */
const largeBytes = 16 * 1024 ** 2;
/** More folders than this at once are not looked at one by one. */
const maxFolders = 50;

/** Keys of a feed, or a folder of it with all beneath. */
type Work = { feed: Feed; watch: FeedWatch; isLarge: boolean } & (
  { keys: string[]; folder?: undefined } | { folder: string; keys?: undefined }
);

export class Bringing {
  readonly #opened: OpenSite;
  readonly #watches: FeedWatches;
  readonly #options: SyncOptions;
  readonly #dependencies: BringingDependencies;
  readonly #inFlight = new Map<Work, Promise<void>>();
  /** In the order in which they became ready. */
  #waiting: Work[] = [];
  /** A fault of this program, not of the world. */
  #fault: { error: unknown } | undefined;

  constructor(
    opened: OpenSite,
    watches: FeedWatches,
    options: SyncOptions,
    dependencies: BringingDependencies,
  ) {
    this.#opened = opened;
    this.#watches = watches;
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Batches and folders that are under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  get hasLarge(): boolean {
    return [...this.#inFlight.keys()].some(({ isLarge }) => isLarge);
  }

  /** Nothing but large files is under way, which may take hours. */
  get isLargeAlone(): boolean {
    return this.#inFlight.size > 0 && [...this.#inFlight.keys()].every(({ isLarge }) => isLarge);
  }

  /**
   * Takes what is ready and begins with it, as far as there is room.
   * @throws what is no BackupError of an earlier batch
   */
  async begin({ isCautious = false, isSmallOnly = false }: BeginOptions): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault.error;
    if (this.#nextFree(isSmallOnly) === undefined) await this.#takeReady();
    while (this.#inFlight.size < (isCautious ? 1 : maxInFlight)) {
      const work = this.#nextFree(isSmallOnly);
      if (work === undefined) return;
      this.#waiting = this.#waiting.filter((other) => other !== work);
      if (isCautious && work.keys !== undefined && work.keys.length > 1) {
        this.#waiting.unshift({ ...work, keys: work.keys.slice(1) });
        work.keys.length = 1;
      }
      this.#run(work);
    }
  }

  /** Resolves when nothing is under way any more; what was not begun is left to the next comparison. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /**
   * The first that has no key in common with what is under way or waits before it: a folder that is compared while a file from it is being
   * uploaded would miss that object, and if the folder was moved away, no event tells of the file again.
   */
  #nextFree(isSmallOnly: boolean): Work | undefined {
    const before = [...this.#inFlight.keys()];
    for (const work of this.#waiting) {
      const isAllowed = !(isSmallOnly && work.isLarge);
      if (isAllowed && !before.some((other) => overlap(work, other))) return work;
      before.push(work);
    }
    return undefined;
  }

  async #takeReady(): Promise<void> {
    for (const [feed, watch] of this.#watches.all()) {
      const { keys, folders } = await watch.takeReady();
      if (this.#dependencies.isWhole) this.#leaveToComparison(watch, keys, folders);
      else {
        this.#addFolders(feed, watch, folders);
        // Those that have to wait for a folder do so by themselves.
        const held = this.#foldersOf(feed);
        const isHeld = ({ key }: ReadyKey): boolean => held.some((folder) => key.startsWith(folder));
        this.#addBatches(
          feed,
          watch,
          keys.filter((key) => !isHeld(key)),
        );
        this.#addBatches(feed, watch, keys.filter(isHeld));
      }
    }
  }

  /** Waiting or under way. */
  #foldersOf(feed: Feed): string[] {
    const works = [...this.#inFlight.keys(), ...this.#waiting];
    return works.flatMap((work) => (work.feed === feed && work.folder !== undefined ? [work.folder] : []));
  }

  #addBatches(feed: Feed, watch: FeedWatch, keys: readonly ReadyKey[]): void {
    let batch: string[] = [];
    for (const { key, sizeBytes } of keys) {
      if (sizeBytes > largeBytes) {
        this.#waiting.push({ feed, watch, isLarge: true, keys: [key] });
        continue;
      }
      if (batch.length === 0 || batch.length >= keysInBatch) {
        batch = [];
        this.#waiting.push({ feed, watch, isLarge: false, keys: batch });
      }
      batch.push(key);
    }
  }

  #leaveToComparison(watch: FeedWatch, keys: readonly ReadyKey[], folders: readonly string[]): void {
    for (const { key } of keys) watch.done(key, 'left');
    if (keys.length > 0 || folders.length > 0) this.#dependencies.onCompareAll('files have changed');
  }

  #addFolders(feed: Feed, watch: FeedWatch, folders: readonly string[]): void {
    if (folders.length > maxFolders) this.#dependencies.onCompareAll('many folders have changed at once');
    else for (const folder of folders) this.#waiting.push({ feed, watch, isLarge: false, folder });
  }

  #run(work: Work): void {
    const running = (work.keys === undefined ? this.#bringFolder(work) : this.#bringKeys(work))
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#inFlight.delete(work));
    this.#inFlight.set(work, running);
  }

  async #bringKeys({ feed, watch, keys }: Work & { keys: string[] }): Promise<void> {
    const { signal, onResult, onTrouble, onCompareAll } = this.#dependencies;
    const failed = new Set<string>(keys);
    let isAway = false;
    try {
      const result = this.#judged(await this.#opened.syncKeys(feed, keys, this.#options, signal));
      onResult(result);
      isAway = isOfStore(outageOf(result));
      if (isOfStore(result.error)) return;
      failed.clear();
      // It may be what one folder is denied: the others are brought while the whole is compared again every so often.
      if (result.error !== undefined) onCompareAll(result.error.message);
      else for (const key of relativeKeys(result, feed)) failed.add(key);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      isAway = isOfStore(error);
      if (signal.aborted) return;
      onTrouble(error);
    } finally {
      // What the store was away for has not failed by itself: it does not wait ever longer.
      for (const key of keys) watch.done(key, !failed.has(key) ? 'brought' : isAway ? 'away' : 'failed');
    }
  }

  async #bringFolder({ feed, watch, folder }: Work & { folder: string }): Promise<void> {
    const { signal, onResult, onTrouble, onCompareAll } = this.#dependencies;
    try {
      const result = this.#judged(await this.#opened.syncFolder(feed, folder, this.#options, signal));
      onResult(result);
      if (result.error === undefined) watch.retry(relativeKeys(result, feed));
      else if (isOfStore(result.error)) watch.addFolder(folder);
      else onCompareAll(result.error.message);
      if (result.failed > result.failures.length) onCompareAll('more has failed than is listed');
    } catch (error) {
      watch.addFolder(folder);
      if (!(error instanceof BackupError)) throw error;
      if (!signal.aborted) onTrouble(error);
    }
  }

  /** What is refused to a part may be in order for the whole: the comparison judges it, and tells. */
  #judged(result: SiteResult): SiteResult {
    const { error, ...rest } = result;
    if (error?.code !== 'REFUSED') return result;
    this.#dependencies.onCompareAll(error.message);
    return rest;
  }
}

/** Of what failed. */
function relativeKeys({ failures }: SiteResult, { prefix }: Feed): string[] {
  return failures.map(({ key }) => key.slice(prefix.length));
}

/** Batches have no key in common: a path that is in one waits until that has ended. */
function overlap(one: Work, other: Work): boolean {
  if (one.feed !== other.feed) return false;
  if (one.folder === undefined) return other.folder !== undefined && overlap(other, one);
  const { folder } = one;
  if (other.folder !== undefined) return folder.startsWith(other.folder) || other.folder.startsWith(folder);
  return other.keys.some((key) => key.startsWith(folder));
}

/** Brings what is ready, some of it side by side: a large file must not hold up the small ones behind it. */
import { BackupError } from '../errors.ts';
import type { Feed, OpenSite, SiteResult, SyncOptions } from '../sync/site-sync.ts';
import type { FeedWatch, ReadyKey } from './feed-watch.ts';
import type { FeedWatches } from './feed-watches.ts';

export interface BringingDependencies {
  /** Files mean something together: none is brought by itself, all are compared. */
  isWhole: boolean;
  signal: AbortSignal;
  onResult: (result: SiteResult) => void;
  /** It stands against more than the single file. */
  onTrouble: (error: BackupError) => void;
  onCompareAll: (reason: string) => void;
}

/** Batches under way. */
const maxInFlight = 4;
const keysInBatch = 500;
/** Larger files go by themselves. */
const largeBytes = 16 * 1024 ** 2;
/** More folders than this at once are not looked at one by one. */
const maxFolders = 50;

interface Batch {
  feed: Feed;
  watch: FeedWatch;
  keys: string[];
}

export class Bringing {
  readonly #opened: OpenSite;
  readonly #watches: FeedWatches;
  readonly #options: SyncOptions;
  readonly #dependencies: BringingDependencies;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #waiting: Batch[] = [];
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

  /** Batches that are under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Takes what is ready and begins with it, as far as there is room.
   * @param isCautious the last thing failed: one file tries whether it goes again
   * @throws what is no BackupError of an earlier batch
   */
  async begin({ isCautious }: { isCautious: boolean }): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault.error;
    if (this.#waiting.length === 0) {
      for (const [feed, watch] of this.#watches.all()) {
        const { keys, folders } = await watch.takeReady();
        if (this.#dependencies.isWhole) this.#leaveToComparison(watch, keys, folders);
        else {
          this.#addBatches(feed, watch, keys);
          this.#bringFolders(feed, watch, folders);
        }
      }
    }
    while (this.#waiting.length > 0 && this.#inFlight.size < (isCautious ? 1 : maxInFlight)) {
      const batch = this.#waiting.shift();
      if (batch === undefined) return;
      if (isCautious && batch.keys.length > 1) {
        this.#waiting.unshift({ ...batch, keys: batch.keys.slice(1) });
        batch.keys.length = 1;
      }
      this.#run(() => this.#bring(batch));
    }
  }

  /** Resolves when nothing is under way any more; what was not begun is left to the next comparison. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #addBatches(feed: Feed, watch: FeedWatch, keys: readonly ReadyKey[]): void {
    let batch: Batch | undefined;
    for (const { key, sizeBytes } of keys) {
      if (sizeBytes > largeBytes) {
        this.#waiting.push({ feed, watch, keys: [key] });
        continue;
      }
      if (batch === undefined || batch.keys.length >= keysInBatch) {
        batch = { feed, watch, keys: [] };
        this.#waiting.push(batch);
      }
      batch.keys.push(key);
    }
  }

  #leaveToComparison(watch: FeedWatch, keys: readonly ReadyKey[], folders: readonly string[]): void {
    for (const { key } of keys) watch.done(key, true);
    if (keys.length > 0 || folders.length > 0) this.#dependencies.onCompareAll('files have changed');
  }

  #bringFolders(feed: Feed, watch: FeedWatch, folders: readonly string[]): void {
    if (folders.length > maxFolders) {
      this.#dependencies.onCompareAll('many folders have changed at once');
      return;
    }
    for (const folder of folders) this.#run(() => this.#bringFolder(feed, watch, folder));
  }

  async #bring({ feed, watch, keys }: Batch): Promise<void> {
    const { signal, onResult, onTrouble, onCompareAll } = this.#dependencies;
    const failed = new Set<string>(keys);
    try {
      const result = await this.#opened.syncKeys(feed, keys, this.#options, signal);
      onResult(result);
      if (result.error !== undefined) {
        // What is refused for these keys may be in order for the whole.
        if (result.error.code === 'REFUSED') onCompareAll(result.error.message);
        return;
      }
      failed.clear();
      for (const { key } of result.failures) failed.add(key.slice(feed.prefix.length));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      if (signal.aborted) return;
      onTrouble(error);
    } finally {
      for (const key of keys) watch.done(key, !failed.has(key));
    }
  }

  async #bringFolder(feed: Feed, watch: FeedWatch, folder: string): Promise<void> {
    const { signal, onResult, onTrouble } = this.#dependencies;
    try {
      const result = await this.#opened.syncFolder(feed, folder, this.#options, signal);
      onResult(result);
      if (result.error !== undefined) watch.addFolder(folder);
    } catch (error) {
      watch.addFolder(folder);
      if (!(error instanceof BackupError)) throw error;
      if (!signal.aborted) onTrouble(error);
    }
  }

  #run(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
  }
}

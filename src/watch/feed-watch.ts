/**
 * Follows one tree: which of its files and folders have changed and have been quiet since. Reads no contents and knows no bucket.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { processQueue } from './event-queue.ts';
import { FolderEvents } from './folder-events.ts';
import { lookAt } from './look.ts';
import { PendingChanges } from './pending.ts';

export interface FeedWatchOptions {
  /** Absolute path of the tree. */
  root: string;
  followsSymlinks: boolean;
  /** Whether a file of that path is to be brought; what is not is not waited for either. */
  covers: (path: string) => boolean;
  /** Of a folder: nothing in it is to be brought. */
  isExcluded: (path: string) => boolean;
  /** A path is ready when it was quiet for so long. */
  quietMs: number;
  nowMs: () => number;
  /** Everything is to be looked at: events are missing. */
  onLost: (reason: string) => void;
  onEvent: () => void;
}

export interface ReadyKey {
  key: string;
  sizeBytes: number;
}

/** What is ready to be brought. Paths are relative, and so the keys of the feed. */
export interface Ready {
  /** Files that are there or gone. */
  keys: ReadyKey[];
  /** Folders of which it is not known what is gone from them; each ends with a slash. */
  folders: string[];
}

/** More that waits than this is not remembered one by one. */
const maxPending = 100_000;
/** Then events and answers have their turn. */
const looksInTurn = 200;

export class FeedWatch {
  readonly #options: FeedWatchOptions;
  readonly #pending: PendingChanges;
  readonly #events: FolderEvents;
  readonly #inFlight = new Map<string, number>();
  /** Files whose change time lies in the future, and the one that they had when they were found quiet: nobody else can tell by it. */
  readonly #judged = new Map<string, number>();
  /** Folders that were replaced or are gone. */
  readonly #folders = new Set<string>();

  constructor(options: FeedWatchOptions) {
    this.#options = options;
    this.#pending = new PendingChanges(options.quietMs, maxPending);
    this.#events = new FolderEvents({
      root: options.root,
      followsSymlinks: options.followsSymlinks,
      isExcluded: options.isExcluded,
      onChange: (path) => {
        options.onEvent();
        this.add(path);
      },
      onLost: options.onLost,
      queue: processQueue,
    });
  }

  /** Waiting, or being brought. */
  get size(): number {
    return this.#pending.size + this.#inFlight.size + this.#folders.size;
  }

  get watchedCount(): number {
    return this.#events.watchedCount;
  }

  get unwatched(): ReadonlyMap<string, string> {
    return this.#events.unwatched;
  }

  /** Begins to follow, or tries again with what could not be watched; what is there is looked at by somebody else. */
  async start(): Promise<void> {
    await this.#events.watchTree('', { isCompared: true });
    for (const path of [...this.#events.unwatched.keys()])
      await this.#events.watchTree(path, { isCompared: true });
  }

  /** A path is worth a look. */
  add(path: string): void {
    const { covers, isExcluded } = this.#options;
    if (!covers(path) && isExcluded(path)) return;
    this.#judged.delete(path);
    if (!this.#pending.add(path, this.#options.nowMs()))
      this.#options.onLost('more has changed than can be remembered');
  }

  /** Looks at what is due, and takes what is ready: it is in flight then, until `done`. */
  async takeReady(): Promise<Ready> {
    const keys: ReadyKey[] = [];
    const nowMs = this.#options.nowMs();
    const due = this.#pending.due(nowMs).filter((path) => !this.#inFlight.has(path));
    for (const [index, path] of due.entries()) {
      if (index % looksInTurn === looksInTurn - 1) await nextTurn();
      const sizeBytes = await this.#look(path);
      if (sizeBytes !== undefined) keys.push({ key: path, sizeBytes });
    }
    return { keys, folders: this.#takeFolders() };
  }

  /** What was taken has been brought, is left to a comparison, or is tried again: ever later where it is to blame itself. */
  done(key: string, outcome: 'brought' | 'left' | 'failed' | 'away'): void {
    if (outcome !== 'left') this.#judged.delete(key);
    const attempts = outcome === 'failed' ? (this.#inFlight.get(key) ?? 0) : 0;
    this.#inFlight.delete(key);
    if (outcome === 'failed' || outcome === 'away') this.#pending.retry(key, attempts, this.#options.nowMs());
  }

  /** Whether it was found quiet with this change time, though that lies in the future. */
  isJudged(key: string, changedMs: number): boolean {
    const judgedMs = this.#judged.get(key);
    return judgedMs !== undefined && changedMs >= judgedMs && changedMs <= judgedMs + 1;
  }

  /** Of a comparison these have failed. A folder, with the slash at its end, has nothing that could be looked at: comparisons find what is in it. */
  retry(keys: readonly string[]): void {
    for (const key of keys)
      if (key !== '' && !key.endsWith('/') && !this.#inFlight.has(key))
        this.#pending.retry(key, 0, this.#options.nowMs());
  }

  /** Again at the next occasion. */
  addFolder(folder: string): void {
    this.#folders.add(folder);
  }

  close(): void {
    this.#events.close();
  }

  /** @returns the size of what is taken: a file, there or gone, that was quiet for long enough */
  async #look(path: string): Promise<number | undefined> {
    const look = lookAt(join(this.#options.root, path), this.#options.followsSymlinks);
    const wasFolder = this.#events.wasFolder(path);
    if (look.kind === 'folder') {
      // It may have been a file until now.
      if (wasFolder || !this.#options.covers(path)) this.#pending.remove(path);
      else this.#take(path);
      if (await this.#events.watchTree(path)) this.addFolder(`${path}/`);
      return wasFolder || !this.#options.covers(path) ? undefined : 0;
    }
    if (wasFolder) {
      this.#events.forget(path);
      this.addFolder(`${path}/`);
    }
    if (!this.#options.covers(path)) {
      this.#pending.remove(path);
      return undefined;
    }
    const isReady = this.#pending.looked(path, look, this.#options.nowMs());
    if (!isReady) return undefined;
    this.#take(path);
    if (look.changedMs !== undefined && look.changedMs > this.#options.nowMs() - this.#options.quietMs)
      this.#judged.set(path, look.changedMs);
    return look.sizeBytes;
  }

  /** At once: what happens to it from here on makes it wait anew. */
  #take(path: string): void {
    this.#inFlight.set(path, this.#pending.attemptsOf(path));
    this.#pending.remove(path);
  }

  /** What lies in another one of them goes with that. */
  #takeFolders(): string[] {
    const folders = [...this.#folders].sort();
    this.#folders.clear();
    let last: string | undefined;
    return folders.filter((folder) => {
      if (last !== undefined && folder.startsWith(last)) return false;
      last = folder;
      return true;
    });
  }
}

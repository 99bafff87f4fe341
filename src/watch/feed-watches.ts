/** The trees of a site: a watch for each, and for folders that are found in roots a look at whether there are others now. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../config/site.ts';
import { systemErrorCode } from '../errors.ts';
import { Scope } from '../sync/scope.ts';
import type { Feed, OpenSite } from '../sync/site-sync.ts';
import { FeedWatch } from './feed-watch.ts';

export interface FeedWatchesOptions {
  /** No events are followed. */
  isPolled: boolean;
  nowMs: () => number;
  onEvent: () => void;
  onLost: (reason: string) => void;
}

const rootsEveryMs = 5_000;

export class FeedWatches {
  readonly #site: Site;
  readonly #options: FeedWatchesOptions;
  readonly #scope: Scope;
  readonly #watches = new Map<Feed, FeedWatch>();
  /** Folders that are not watched. */
  readonly #refused: readonly string[];
  #rootsAtMs = -Infinity;

  constructor(
    site: Site,
    { feeds, refused }: Pick<OpenSite, 'feeds' | 'refused'>,
    options: FeedWatchesOptions,
  ) {
    this.#site = site;
    this.#refused = refused.map(({ source }) => source);
    this.#options = options;
    this.#scope = new Scope(site);
    for (const feed of feeds) this.#watches.set(feed, this.#watchOf(feed));
  }

  get size(): number {
    return sum([...this.#watches.values()].map(({ size }) => size));
  }

  get watchedCount(): number {
    return sum([...this.#watches.values()].map(({ watchedCount }) => watchedCount));
  }

  get unwatchedCount(): number {
    return sum([...this.#watches.values()].map(({ unwatched }) => unwatched.size));
  }

  /** Else changes are found by comparing everything alone. */
  get isAllWatched(): boolean {
    return this.#hasEvents && this.unwatchedCount === 0;
  }

  /** Each tree with its watch. */
  all(): Iterable<[Feed, FeedWatch]> {
    return this.#watches;
  }

  async start(): Promise<void> {
    if (!this.#hasEvents) return;
    for (const watch of this.#watches.values()) await watch.start();
  }

  /** @param key with a slash at its end: a folder */
  add(feed: Feed, key: string): void {
    const watch = this.#watches.get(feed);
    if (key.endsWith('/')) watch?.addFolder(key);
    else watch?.add(key);
  }

  isJudged(feed: Feed, key: string, changedMs: number): boolean {
    return this.#watches.get(feed)?.isJudged(key, changedMs) === true;
  }

  /** Of a comparison these have failed. @param keys whole; the feed of one is that with the longest prefix that it begins with */
  retry(keys: readonly string[]): void {
    const feeds = [...this.#watches.keys()].sort((a, b) => b.prefix.length - a.prefix.length);
    for (const key of keys) {
      const feed = feeds.find(({ prefix }) => key.startsWith(prefix));
      if (feed !== undefined) this.#watches.get(feed)?.retry([key.slice(feed.prefix.length)]);
    }
  }

  /**
   * Whether the roots have other folders in them than those that were opened; that is looked at every few seconds. Not than at an earlier look:
   * what comes before that would be missed for ever.
   */
  async hasOtherFolders(): Promise<boolean> {
    const { source } = this.#site;
    const nowMs = this.#options.nowMs();
    if (source.kind !== 'folders' || source.roots.length === 0) return false;
    if (nowMs - this.#rootsAtMs < rootsEveryMs) return false;
    this.#rootsAtMs = nowMs;
    const found = new Set([...source.folders, ...(await Promise.all(source.roots.map(foldersIn))).flat()]);
    const opened = new Set([...[...this.#watches.keys()].map(({ source }) => source), ...this.#refused]);
    return found.size !== opened.size || [...found].some((folder) => !opened.has(folder));
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
  }

  get #hasEvents(): boolean {
    return this.#site.source.kind !== 'bucket' && !this.#options.isPolled;
  }

  #watchOf(feed: Feed): FeedWatch {
    return new FeedWatch({
      root: feed.source,
      followsSymlinks: this.#site.symlinks === 'follow',
      covers: (path) => this.#scope.covers(path),
      isExcluded: (folder) => !this.#scope.entersFolder(`${folder}/`),
      quietMs: this.#site.watchIntervalMs,
      nowMs: this.#options.nowMs,
      onEvent: this.#options.onEvent,
      onLost: this.#options.onLost,
    });
  }
}

/** A root that is missing has none: the comparison tells what is wrong with it. */
async function foldersIn(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [join(root, entry.name)] : []));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

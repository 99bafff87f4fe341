/** What tests of a watch share; above all a site whose bucket is a map: what a sync does, without a server. */
import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Site } from '../../../src/config/site.ts';
import { BackupError, systemErrorCode } from '../../../src/errors.ts';
import { emptyCounts } from '../../../src/sync/tally.ts';
import type { Feed, OpenSite, SiteResult, SyncOptions } from '../../../src/sync/site-sync.ts';

export const quietMs = 120;

export function siteOf(root: string, changes: Partial<Site> = {}): Site {
  const location = { bucket: 'b', region: 'us-east-1', forcePathStyle: true };
  return {
    name: 's',
    source: { kind: 'directory', path: root },
    destination: { location, prefix: '' },
    retireDeleted: 'delete',
    exclude: [],
    chunkSizeBytes: 1024 ** 3,
    compare: 'mtime',
    watchIntervalMs: quietMs,
    symlinks: 'skip',
    ...changes,
  };
}

/** A site whose bucket is a map. */
export class MapSite implements OpenSite {
  readonly feeds: readonly Feed[];
  readonly refused: OpenSite['refused'] = [];
  readonly bucket = new Map<string, string>();
  /** Every content that a key ever had. */
  readonly history: { key: string; content: string }[] = [];
  readonly calls: string[] = [];
  /** Called before anything is done; may throw. */
  before: (call: string) => void = () => undefined;
  /** Called between the reading of a file and its being in the bucket. */
  beforePut: (key: string) => Promise<void> = async () => undefined;
  /** What is refused to it is told as its error. */
  refusesDeletions = false;
  /** That a sync is said to take. */
  durationMs = 0;
  /** What comparisons of everything end with. */
  syncError: BackupError | undefined;
  /** Keys that fail. */
  readonly failing = new Set<string>();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.feeds = [{ source: root, bucket: 'b', prefix: '' }];
  }

  async sync(options: SyncOptions): Promise<SiteResult> {
    const result = await this.#syncBeneath('', options, 'sync');
    return this.syncError === undefined ? result : { ...result, error: this.syncError };
  }

  async syncFolder(_feed: Feed, folder: string, options: SyncOptions): Promise<SiteResult> {
    return this.#syncBeneath(folder, options, `folder ${folder}`);
  }

  async syncKeys(_feed: Feed, keys: readonly string[], options: SyncOptions): Promise<SiteResult> {
    return this.#bring(keys, options, `keys ${[...keys].sort().join(' ')}`);
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  async #syncBeneath(folder: string, options: SyncOptions, call: string): Promise<SiteResult> {
    const keys = new Set([...this.#walk(folder)]);
    for (const key of this.bucket.keys()) if (key.startsWith(folder)) keys.add(key);
    return this.#bring([...keys], options, call);
  }

  async #bring(keys: readonly string[], { quiet }: SyncOptions, call: string): Promise<SiteResult> {
    this.calls.push(call);
    this.before(call);
    const result: SiteResult = {
      site: 's',
      ...emptyCounts(),
      failures: [],
      skips: [],
      changes: null,
      dryRun: false,
      durationMs: this.durationMs,
    };
    for (const key of keys) {
      const stats = statsOf(join(this.#root, key));
      if (this.failing.has(key)) {
        result.failed += 1;
        result.failures.push({ key, code: 'EACCES', message: 'it may not be read' });
      } else if (stats === undefined || !stats.isFile()) {
        if (this.refusesDeletions && this.bucket.has(key))
          result.error = new BackupError('REFUSED', 'That is more than half.');
        else if (this.bucket.delete(key)) result.deleted += 1;
      } else if (quiet !== undefined && Date.now() - stats.ctimeMs < quiet.forMs) {
        const [feed] = this.feeds;
        if (feed !== undefined) quiet.onDeferred(feed, key);
      } else {
        const content = readFileSync(join(this.#root, key), 'utf8');
        if (this.bucket.get(key) === content) result.same += 1;
        else {
          await this.beforePut(key);
          this.bucket.set(key, content);
          this.history.push({ key, content });
          result.uploaded += 1;
        }
      }
    }
    return result;
  }

  *#walk(folder: string): Generator<string> {
    try {
      for (const entry of readdirSync(join(this.#root, folder), { withFileTypes: true })) {
        if (entry.isDirectory()) yield* this.#walk(`${folder}${entry.name}/`);
        else yield folder + entry.name;
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '');
}

/** What the files below a folder hold, by path. */
export function contentsOf(root: string, folder = ''): Map<string, string> {
  const contents = new Map<string, string>();
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder + entry.name;
    if (entry.isDirectory()) for (const [key, text] of contentsOf(root, `${path}/`)) contents.set(key, text);
    else contents.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return contents;
}

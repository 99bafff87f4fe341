/** What `sync` and `watch` do with a site. open-site.ts opens it. */
import type { BackupError } from '../errors.ts';
import type { SourceProblem } from './source.ts';

export interface SyncOptions {
  dryRun: boolean;
  /** More deletions than this are refused. */
  maxDelete?: number | undefined;
  /** Delete although the source is empty, or not on the disk that it was on. */
  force?: boolean;
  /** Asked before more than half of the objects go; undefined: nobody asks. */
  confirm?: ((share: DeletionShare) => Promise<boolean>) | undefined;
  /**
   * Files that have changed within the last `forMs` may be half-written: they are left alone, and told (trap 31). So is what came or went meanwhile.
   * A key with a slash at its end is a folder.
   */
  quiet?: QuietOptions | undefined;
}

export interface QuietOptions {
  forMs: number;
  onDeferred: (feed: Feed, key: string) => void;
  /** Whether two looks that far apart have found this state: what says so by its time of change alone may be of a clock that is ahead. */
  isJudged?: (feed: Feed, key: string, changedMs: number) => boolean;
}

export interface DeletionShare {
  source: string;
  deletions: number;
  /** In the destination. */
  objects: number;
}

export interface PlannedChange {
  action: 'upload' | 'delete' | 'tag' | 'delete-file';
  bucket: string;
  /** Whole. */
  key: string;
  sizeBytes: number | null;
}

/** Of one site, as `--json` prints it. */
export interface SiteResult {
  site: string;
  uploaded: number;
  same: number;
  deleted: number;
  tagged: number;
  failed: number;
  /** Uploaded. */
  bytes: number;
  /** Files that rotation deleted here. */
  filesDeleted: number;
  /** Special files, symbolic links and what vanished meanwhile. */
  skipped: number;
  /** The first 10,000 each. */
  failures: SourceProblem[];
  skips: SourceProblem[];
  /** Of a dry run: the first 10,000. */
  changes: PlannedChange[] | null;
  dryRun: boolean;
  durationMs: number;
  /** What requests failed with at its end, where the store is away or does not know us, though they were too few to end it early. For a watch. */
  away?: BackupError;
  /** What ended it early, or refused its deletions; what was done until then is counted above. */
  error?: BackupError;
}

/** One tree and where it goes: a site of several folders has one feed for each. */
export interface Feed {
  /** Of a directory its absolute path; of a bucket its name and prefix. */
  readonly source: string;
  readonly bucket: string;
  /** All keys begin with it. */
  readonly prefix: string;
}

export interface RefusedFolder {
  /** Its absolute path. */
  readonly source: string;
  readonly error: BackupError;
}

/** Holds the lock of its site until it is closed. */
export interface OpenSite {
  readonly feeds: readonly Feed[];
  /** Folders without a feed, as something stands against them. */
  readonly refused: readonly RefusedFolder[];
  /** Everything. */
  sync(options: SyncOptions, signal: AbortSignal): Promise<SiteResult>;
  /** A folder of a feed and all beneath, by its key with the slash at its end; guarded like the whole. */
  syncFolder(feed: Feed, folder: string, options: SyncOptions, signal: AbortSignal): Promise<SiteResult>;
  /** Single files of a feed, by their keys, whether they are there or gone; guarded like the whole. */
  syncKeys(
    feed: Feed,
    keys: readonly string[],
    options: SyncOptions,
    signal: AbortSignal,
  ): Promise<SiteResult>;
  close(): Promise<void>;
}

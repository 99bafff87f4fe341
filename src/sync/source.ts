/** What a site brings things from: a directory (directory-source.ts) or a bucket. */
import type { Brought, DestinationBucket, DestinationEntry } from './destination.ts';

export interface SourceEntry {
  /** Relative to the source: in the destination it follows the prefix. Never empty. */
  key: string;
  sizeBytes: number;
  modifiedMs: number;
  /** When anything of it was changed last, also what sets `modifiedMs` back; of a bucket the same as `modifiedMs`. */
  changedMs: number;
  /** Of a bucket's objects, without quotes. */
  etag?: string;
  versionId?: string;
}

/** What is not brought, and why. */
export interface SourceProblem {
  key: string;
  /** The system's name of the error, or one of ours (`NOT_UTF8`, `CHANGED`). */
  code: string;
  message: string;
}

/** How a walk tells what it meets beside entries. None of it stops the walk. */
export interface SourceWatch {
  /** It is there and could not be looked at: the keys that begin with it are unknown, so nothing may be deleted. */
  unreadable(problem: SourceProblem): void;
  /** It is there, or was a moment ago, and has no place in a bucket: reported, and its object is left alone. */
  skipped(problem: SourceProblem): void;
  /** As `skipped`, but what should have been brought was not. */
  failed(problem: SourceProblem): void;
}

/** What is remembered of a source between runs, to tell that it is still the one that was synced. */
export interface SourceIdentity {
  /** Empty where nothing can be told. Of directories the mount points above and in it. */
  mountPoints: readonly string[];
}

/** What a comparison of contents said. */
export interface Compared {
  isSame: boolean;
  /** The etag that the content would have here, to be remembered; undefined where nobody knows. */
  contentEtag?: string;
}

export interface Source {
  /** For messages: a path, or a bucket with its prefix. */
  readonly name: string;
  /**
   * Looks whether the source is there at all.
   * @throws BackupError REFUSED where it is missing or not what it should be
   */
  identify(): Promise<SourceIdentity>;
  /**
   * All entries whose keys begin with `under`, in the order of their keys' UTF-8 bytes, in batches. No key comes twice.
   * @param under empty, or the key of a folder with the slash at its end
   */
  entries(under: string, watch: SourceWatch, signal: AbortSignal): AsyncIterable<readonly SourceEntry[]>;
  /** Where `entries` was read to its end with an empty `under`: the mount points that were met, beside those of `identify`. */
  metMountPoints?(): readonly string[];
  /** One entry as it is now; undefined where there is none. `watch` hears of it as in `entries`. */
  look(key: string, watch: SourceWatch): Promise<SourceEntry | undefined>;
  /**
   * Compares the content with an object of the same size.
   * @param knownEtag the etag that the content of this object had here when it was brought, where that is known
   */
  compare(entry: SourceEntry, object: DestinationEntry, knownEtag: string | undefined): Promise<Compared>;
  /** Writes the object. @throws BackupError; FAILED with cause code `CHANGED` where it was being changed all the time */
  bring(entry: SourceEntry, key: string, to: DestinationBucket, options: BringOptions): Promise<Brought>;
}

export interface BringOptions {
  storageClass: string | undefined;
  chunkSizeBytes: number;
  signal: AbortSignal;
}

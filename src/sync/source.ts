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
  /** Of a bucket's objects. */
  storageClass?: string;
  /**
   * It is there, or may be, and is not brought: what the destination has under this key stays as it is; where the key ends with a
   * slash, all that begins with it. The watch was told why.
   */
  isSkipped?: true;
}

/** What is not brought, and why. */
export interface SourceProblem {
  /** As a source tells it, relative; in results it is whole. */
  key: string;
  /** The system's name of the error, or one of ours (`NOT_UTF8`, `CHANGED`). */
  code: string;
  message: string;
}

/** How a source tells what it meets beside entries. None of it ends the walk. */
export interface SourceWatch {
  /** A part of it could not be listed: what is in it is not known, so nothing may be deleted. Counts as failed. */
  unreadable(problem: SourceProblem): void;
  /** It should have been brought, and was not. */
  failed(problem: SourceProblem): void;
  /** It has no place in a bucket, or is gone by now: noted, and no failure. */
  skipped(problem: SourceProblem): void;
}

/** What a comparison of contents said. */
export interface Compared {
  isSame: boolean;
  /** The etag that the content has here, to be remembered. */
  contentEtag?: string;
  /** The destination was asked, and answered. */
  isAnswered?: boolean;
  /** The state that was compared. */
  read?: { sizeBytes: number; modifiedMs: number; changedMs: number };
}

export interface Source {
  /** For messages: a path, or a bucket with its prefix. */
  readonly name: string;
  /**
   * Looks whether the source is there at all.
   * @throws BackupError REFUSED where it is missing or not what it should be
   */
  identify(): Promise<void>;
  /**
   * What has to be there the next time too, or nothing is deleted: of directories the mount points above it and in it. Whole once `entries`
   * with an empty `under` was read to its end.
   */
  readonly met: readonly string[];
  /** Whether what an earlier run has met is still the business of the site: what was excluded since is not, as long as it is. */
  concerns(place: string): boolean;
  /** Whether something that was met by an earlier run is still there. */
  hasStill(place: string): Promise<boolean>;
  /**
   * All entries whose keys begin with `under`, in the order of their keys' UTF-8 bytes, in batches. No key comes twice.
   * @param under empty, or the key of a folder with the slash at its end
   */
  entries(under: string, watch: SourceWatch, signal: AbortSignal): AsyncIterable<readonly SourceEntry[]>;
  /** One entry as it is now; undefined where there is certainly none. */
  look(key: string, watch: SourceWatch): Promise<SourceEntry | undefined>;
  /**
   * Compares the content with an object of the same size.
   * @param knownEtag the etag that the content of this object had here when it was brought, where that is known
   * @param objectKey the whole key of the object, in `to`
   */
  compare(
    entry: SourceEntry,
    object: DestinationEntry,
    knownEtag: string | undefined,
    objectKey: string,
    to: DestinationBucket,
  ): Promise<Compared>;
  /**
   * Writes the object.
   * @param key the whole one
   * @throws BackupError; one whose cause has the name `CHANGED` where the source was being changed all the time, `VANISHED` where it is gone
   */
  bring(entry: SourceEntry, key: string, to: DestinationBucket, options: BringOptions): Promise<Brought>;
  close(): void;
}

export interface BringOptions {
  storageClass: string | undefined;
  /** Asked of a state that is not the one that was listed. @throws where it is true, with the cause `BUSY` */
  isBusy?: ((changedMs: number) => boolean) | undefined;
  signal: AbortSignal;
  /** Called with the id of a multipart upload once it exists, and once it is an object or removed. */
  onUpload: (uploadId: string) => void;
  onUploadEnd: (uploadId: string) => void;
}

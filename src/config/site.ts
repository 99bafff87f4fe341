/** A site as the program uses it: a feeder that brings what is in a source into a bucket. The file's form is in sites-schema.ts. */
import type { BucketLocation } from './location.ts';

export interface Site {
  name: string;
  source: SiteSource;
  destination: SiteDestination;
  /** Absent: the bucket's own; then differing ones are no difference. */
  storageClass?: string;
  /** What becomes of an object whose file or source object is gone. */
  retireDeleted: 'keep' | 'delete' | 'tag';
  /** Whatever has a match in its relative path is no business of this site, neither here nor in the bucket. */
  exclude: readonly RegExp[];
  /** A glob (glob.ts) over the relative path: what it does not match is no business of this site. */
  filePattern?: string;
  /** Of the files directly in the folder, so many stay, the last by name; at least 1. */
  rotate?: number;
  /** Larger objects go in parts of this size. */
  chunkSizeBytes: number;
  compare: 'mtime' | 'checksum';
  /** What was modified longer ago is left as it is. */
  modifiedWithinMs?: number;
  /** A bucket that the site creates forgets noncurrent versions after so many days. */
  noncurrentExpirationDays?: number;
  /** Objects under way at once. Absent: as `concurrency`. */
  workers?: number;
  /** How long a file must be quiet before `watch` takes it. */
  watchIntervalMs: number;
  symlinks: 'skip' | 'follow' | 'store';
}

export type SiteSource = DirectorySource | FoldersSource | BucketSource;

export interface DirectorySource {
  kind: 'directory';
  /** Absolute. */
  path: string;
}

/** Keys are absolute paths without the slash at their beginning. */
export interface FoldersSource {
  kind: 'folders';
  /** Absolute. */
  folders: readonly string[];
  /** Absolute; each direct subfolder is a folder of its own. */
  roots: readonly string[];
}

export interface BucketSource {
  kind: 'bucket';
  location: BucketLocation;
  /** A beginning of keys, as it is; what follows it in a key is the relative path. */
  prefix: string;
}

export interface SiteDestination {
  /** With `bucketPerFolder`, `bucket` is empty: bucket-name.ts makes the name. */
  location: BucketLocation;
  /** In which `{folder}` stands for the name of the folder. */
  bucketPerFolder?: string;
  /** Empty, or ends with a slash. */
  prefix: string;
}

/**
 * What a snapshot holds: for each key the newest version whose last-modified time is not after the as-of time, or
 * nothing when that is a delete marker. Versions come as they are listed, all of one key together, and are never
 * collected: a key may have millions of them (trap 7).
 */
import type { Entry } from '../index/entry.ts';
import type { ListedVersion } from '../s3/types.ts';

export class AsOfSelector {
  readonly #asOfMs: number;
  readonly #select: (entry: Entry) => void;
  #key: string | undefined;
  #keys = 0;
  #firstIsLatest = false;
  #lastIsLatest = false;
  #firstMatch: ListedVersion | undefined;
  #lastMatch: ListedVersion | undefined;

  /**
   * @param asOfMs a whole second: all versions of that second are part of the snapshot, as stores that list whole
   * seconds cannot tell them apart (traps 3 and 33).
   * @param select called with each selected entry, in the order of the listing.
   */
  constructor(asOfMs: number, select: (entry: Entry) => void) {
    this.#asOfMs = asOfMs;
    this.#select = select;
  }

  /** Keys that have begun. */
  get keys(): number {
    return this.#keys;
  }

  push(version: ListedVersion): void {
    if (version.key !== this.#key) {
      this.finish();
      this.#key = version.key;
      this.#keys += 1;
      this.#firstIsLatest = version.isLatest;
    }
    this.#lastIsLatest = version.isLatest;
    if (wholeSecondMs(version.lastModifiedMs) > this.#asOfMs) return;
    this.#firstMatch ??= version;
    this.#lastMatch = version;
  }

  /** Ends the last key. */
  finish(): void {
    const newest = this.#listsOldestFirst() ? this.#lastMatch : this.#firstMatch;
    this.#key = undefined;
    this.#firstMatch = undefined;
    this.#lastMatch = undefined;
    if (newest !== undefined && !newest.isDeleteMarker) this.#select(toEntry(newest));
  }

  /** Some stores list a key's versions the other way round (trap 7): there the last one is the latest. */
  #listsOldestFirst(): boolean {
    return this.#lastIsLatest && !this.#firstIsLatest;
  }
}

export function wholeSecondMs(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

export function toEntry(version: ListedVersion): Entry {
  return {
    key: version.key,
    versionId: version.versionId,
    sizeBytes: version.sizeBytes,
    lastModifiedMs: version.lastModifiedMs,
    etag: version.etag,
    storageClass: version.storageClass,
  };
}

/**
 * What a snapshot holds: for each key the newest version whose last-modified time is not after the as-of time, or
 * nothing when that is a delete marker. Versions come as they are listed, all of one key together, and are never
 * collected: a key may have millions of them (trap 7).
 */
import type { Entry } from '../index/entry.ts';
import type { ListedVersion } from '../s3/types.ts';
import type { VersionTable } from '../s3/version-table.ts';

export class AsOfSelector {
  readonly #tooNewMs: number;
  #keys = 0;
  /** The key whose versions may go on with what comes next, and what was seen of it. */
  #key: string | undefined;
  #firstIsLatest = false;
  #lastIsLatest = false;
  readonly #matches = new Matches();

  /**
   * @param asOfMs a whole second: all versions of that second are part of the snapshot, as stores that list whole
   * seconds cannot tell them apart (traps 3 and 33).
   */
  constructor(asOfMs: number) {
    this.#tooNewMs = asOfMs + 1000;
  }

  /** Keys that have begun. */
  get keys(): number {
    return this.#keys;
  }

  /**
   * Takes the rows of a page from one up to, but without, another.
   * @returns the rows that they have settled, by key. Of a key that began on an earlier page it is a row that is added to the table
   */
  push(table: VersionTable, from: number, to: number): Int32Array {
    const selected = new Int32Array(to - from);
    let count = 0;
    const { lastModifiedMs } = table.columns;
    for (let row = from; row < to; row++) {
      const goesOn = row === from ? this.#key === table.key(row) : table.isSameKey(row);
      if (!goesOn) {
        const settled = this.#settle(table);
        if (settled !== undefined) selected[count++] = settled;
        this.#keys += 1;
        this.#firstIsLatest = table.isLatest(row);
      }
      this.#lastIsLatest = table.isLatest(row);
      if (lastModifiedMs[row]! < this.#tooNewMs) this.#matches.add(row);
    }
    if (from < to) this.#key = table.key(to - 1);
    this.#matches.detach(table);
    return selected.subarray(0, count);
  }

  /** Ends the last key. Nothing may be pushed after. */
  finish(): Entry | undefined {
    const newest = this.#listsOldestFirst() ? this.#matches.last : this.#matches.first;
    return newest === undefined || newest.isDeleteMarker ? undefined : toEntry(newest);
  }

  /** The row of the key that has ended; undefined where there is nothing of it. */
  #settle(table: VersionTable): number | undefined {
    const matches = this.#matches;
    const row = this.#listsOldestFirst() ? matches.lastRow : matches.firstRow;
    const version = this.#listsOldestFirst() ? matches.last : matches.first;
    matches.clear();
    if (row !== undefined) return table.isDeleteMarker(row) ? undefined : row;
    return version === undefined || version.isDeleteMarker ? undefined : table.add(version);
  }

  /** Some stores list a key's versions the other way round (trap 7): there the last one is the latest. */
  #listsOldestFirst(): boolean {
    return this.#lastIsLatest && !this.#firstIsLatest;
  }
}

/** The first and the last version of a key that is old enough: a row of the page, or where that is gone, a copy. */
class Matches {
  firstRow: number | undefined;
  lastRow: number | undefined;
  first: ListedVersion | undefined;
  last: ListedVersion | undefined;

  add(row: number): void {
    if (this.first === undefined) this.firstRow ??= row;
    this.lastRow = row;
    this.last = undefined;
  }

  /** Another page may come. */
  detach(table: VersionTable): void {
    if (this.firstRow !== undefined) this.first = table.at(this.firstRow);
    if (this.lastRow !== undefined) this.last = table.at(this.lastRow);
    this.firstRow = this.lastRow = undefined;
  }

  clear(): void {
    this.firstRow = this.lastRow = this.first = this.last = undefined;
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

/** The items of a page as a table over its bytes, in the order in which they are listed. */
import {
  BOUNDS_PER_ROW,
  Columns,
  IS_DELETE_MARKER,
  IS_LATEST,
  IS_SAME_KEY,
  MAY_BE_ENCODED,
  TEXT_FIELDS,
  textOf,
  type EntryTable,
  type TextField,
} from '../entry-table.ts';
import { kernel } from '../kernel/kernel.ts';
import { compareKeys } from '../key-order.ts';
import { PageBytes } from './page-bytes.ts';
import type { ListedVersion, PageEnd } from './types.ts';

const INITIAL_ROWS = 1024;

/** One page of a listing as a table, of which the rows from `from` up to, but without, `to` belong to the listing. */
export interface VersionRows extends PageEnd {
  /** Valid until the next page is asked for. */
  table: VersionTable;
  from: number;
  to: number;
}

export class VersionTable implements EntryTable {
  readonly page: PageBytes;
  columns = new Columns(INITIAL_ROWS);
  rows = 0;

  constructor(page = new PageBytes()) {
    this.page = page;
  }

  /** A table of its own, as for tests: what a server would list so. */
  static of(versions: readonly ListedVersion[]): VersionTable {
    const table = new VersionTable(new PageBytes(Buffer.alloc(0)));
    for (const version of versions) table.add(version);
    table.compareNeighbours();
    return table;
  }

  get bytes(): Buffer {
    return this.page.bytes;
  }

  get length(): number {
    return this.page.length;
  }

  get generation(): number {
    return this.page.generation;
  }

  /** Forgets all rows, as for another body. */
  clear(): void {
    this.rows = 0;
  }

  /** Adds a row behind the others, and returns its number. */
  add(version: ListedVersion): number {
    if (this.rows === this.columns.capacity) this.columns = this.columns.grown();
    const row = this.rows++;
    const { isLatest, isDeleteMarker } = version;
    this.columns.flags[row] =
      (isLatest ? IS_LATEST : 0) | (isDeleteMarker ? IS_DELETE_MARKER : 0) | MAY_BE_ENCODED;
    this.columns.sizesBytes[row] = version.sizeBytes;
    this.columns.lastModifiedMs[row] = version.lastModifiedMs;
    this.columns.mayNeedEscapes[row] = 1;
    for (const field of ['key', 'versionId', 'etag', 'storageClass'] as const)
      this.#appendText(row, field, version[field]);
    return row;
  }

  /**
   * Finds out which keys are those of the row before.
   * @returns the first row whose key sorts before that, up to which it is known then; the number of rows where there is none
   */
  compareNeighbours(): number {
    return kernel().compareNeighbours(this, this.rows);
  }

  isLatest(row: number): boolean {
    return (this.columns.flags[row]! & IS_LATEST) !== 0;
  }

  isDeleteMarker(row: number): boolean {
    return (this.columns.flags[row]! & IS_DELETE_MARKER) !== 0;
  }

  /** Whether the key is that of the row before; known after `compareNeighbours`. */
  isSameKey(row: number): boolean {
    return (this.columns.flags[row]! & IS_SAME_KEY) !== 0;
  }

  isSameVersionId(row: number, other: number): boolean {
    const { bytes } = this;
    const { bounds } = this.columns;
    const a = row * BOUNDS_PER_ROW + TEXT_FIELDS.versionId;
    const b = other * BOUNDS_PER_ROW + TEXT_FIELDS.versionId;
    const start = bounds[a]!;
    let aAt = bounds[a + 1]!;
    let bAt = bounds[b + 1]!;
    if (aAt - start !== bAt - bounds[b]!) return false;
    // From the end on, where neighbours differ.
    while (aAt > start) if (bytes[--aAt] !== bytes[--bAt]) return false;
    return true;
  }

  /** The first row whose key sorts after `key`; the number of rows where none does. Keys have to be in order. */
  firstAfter(key: string): number {
    let low = 0;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(this.key(middle), key) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  key(row: number): string {
    return textOf(this, row, 'key');
  }

  versionId(row: number): string {
    return textOf(this, row, 'versionId');
  }

  /** A row as an object, which does not need the table any more. */
  at(row: number): ListedVersion {
    return {
      key: this.key(row),
      versionId: this.versionId(row),
      isLatest: this.isLatest(row),
      isDeleteMarker: this.isDeleteMarker(row),
      lastModifiedMs: this.columns.lastModifiedMs[row]!,
      etag: textOf(this, row, 'etag'),
      sizeBytes: this.columns.sizesBytes[row]!,
      storageClass: textOf(this, row, 'storageClass'),
    };
  }

  /** Rows as objects: from one up to, but without, another. */
  versions(from = 0, to = this.rows): ListedVersion[] {
    return Array.from({ length: to - from }, (_, index) => this.at(from + index));
  }

  #appendText(row: number, field: TextField, text: string): void {
    const at = row * BOUNDS_PER_ROW + TEXT_FIELDS[field];
    this.columns.bounds[at] = this.page.append(Buffer.from(text));
    this.columns.bounds[at + 1] = this.page.length;
  }
}

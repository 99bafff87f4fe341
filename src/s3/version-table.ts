/** The items of a page as a table over its bytes, in the order in which they are listed. */
import { BOUNDS_PER_ROW, TEXT_FIELDS, textOf, type EntryTable, type TextField } from '../entry-table.ts';
import { compareKeys } from '../key-order.ts';
import { PageBytes } from './page-bytes.ts';
import type { ListedVersion, PageEnd } from './types.ts';

const INITIAL_ROWS = 1024;
const IS_LATEST = 1;
const IS_DELETE_MARKER = 2;
const STANDARD = Buffer.from('STANDARD');

/** One page of a listing as a table, of which the rows from `from` up to, but without, `to` belong to the listing. */
export interface VersionRows extends PageEnd {
  /** Valid until the next page is asked for. */
  table: VersionTable;
  from: number;
  to: number;
}

export class VersionTable implements EntryTable {
  readonly page: PageBytes;
  bounds = new Int32Array(INITIAL_ROWS * BOUNDS_PER_ROW);
  sizesBytes = new Float64Array(INITIAL_ROWS);
  lastModifiedMs = new Float64Array(INITIAL_ROWS);
  mayNeedEscapes = new Uint8Array(INITIAL_ROWS);
  rows = 0;
  #flags = new Uint8Array(INITIAL_ROWS);
  /** Where the name of the usual storage class stands; -1 where nobody has needed it yet. */
  #standardAt = -1;

  constructor(page = new PageBytes()) {
    this.page = page;
  }

  /** A table of its own, as for tests: what a server would list so. */
  static of(versions: readonly ListedVersion[]): VersionTable {
    const table = new VersionTable(new PageBytes(Buffer.alloc(0)));
    for (const version of versions) table.add(version);
    return table;
  }

  get bytes(): Buffer {
    return this.page.bytes;
  }

  get view(): DataView {
    return this.page.view;
  }

  /** Forgets all rows, as for another body. */
  clear(): void {
    this.rows = 0;
    this.#standardAt = -1;
  }

  /** Begins a row behind the others; one that was begun and not ended is forgotten. Returns where its bounds are. */
  begin(): number {
    if (this.rows === this.sizesBytes.length) this.#makeRoom();
    const at = this.rows * BOUNDS_PER_ROW;
    // What an item may lack.
    for (let i = at + TEXT_FIELDS.etag; i < at + BOUNDS_PER_ROW; i++) this.bounds[i] = 0;
    this.sizesBytes[this.rows] = 0;
    this.mayNeedEscapes[this.rows] = 0;
    return at;
  }

  /** Of the row that was begun. */
  setLatest(isLatest: boolean): void {
    this.#flags[this.rows] = isLatest ? IS_LATEST : 0;
  }

  /** The row is complete. A version without a storage class is of the usual one. */
  end(isDeleteMarker: boolean): void {
    const place = this.rows * BOUNDS_PER_ROW + TEXT_FIELDS.storageClass;
    if (isDeleteMarker) this.#flags[this.rows]! |= IS_DELETE_MARKER;
    else if (this.bounds[place] === this.bounds[place + 1]) this.#setStandard(place);
    this.rows += 1;
  }

  /** Adds a row that was read in another way. */
  add(version: ListedVersion): void {
    this.begin();
    this.setText(this.rows, 'key', version.key);
    this.setText(this.rows, 'versionId', version.versionId);
    this.setText(this.rows, 'etag', version.etag);
    this.setText(this.rows, 'storageClass', version.storageClass);
    this.sizesBytes[this.rows] = version.sizeBytes;
    this.lastModifiedMs[this.rows] = version.lastModifiedMs;
    this.setLatest(version.isLatest);
    this.end(version.isDeleteMarker);
  }

  setText(row: number, field: TextField, text: string): void {
    const at = row * BOUNDS_PER_ROW + TEXT_FIELDS[field];
    this.bounds[at] = this.page.append(Buffer.from(text));
    this.bounds[at + 1] = this.page.length;
    this.mayNeedEscapes[row] = 1;
  }

  isLatest(row: number): boolean {
    return (this.#flags[row]! & IS_LATEST) !== 0;
  }

  isDeleteMarker(row: number): boolean {
    return (this.#flags[row]! & IS_DELETE_MARKER) !== 0;
  }

  /** Whether two rows have the same text there. Looks from the end on, where neighbouring keys differ. */
  isSame(field: TextField, row: number, other: number): boolean {
    const { bytes, bounds } = this;
    const a = row * BOUNDS_PER_ROW + TEXT_FIELDS[field];
    const b = other * BOUNDS_PER_ROW + TEXT_FIELDS[field];
    let aAt = bounds[a + 1]!;
    let bAt = bounds[b + 1]!;
    const aStart = bounds[a]!;
    if (aAt - aStart !== bAt - bounds[b]!) return false;
    while (aAt > aStart) if (bytes[--aAt] !== bytes[--bAt]) return false;
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
      lastModifiedMs: this.lastModifiedMs[row]!,
      etag: textOf(this, row, 'etag'),
      sizeBytes: this.sizesBytes[row]!,
      storageClass: textOf(this, row, 'storageClass'),
    };
  }

  /** Rows as objects: from one up to, but without, another. */
  versions(from = 0, to = this.rows): ListedVersion[] {
    return Array.from({ length: to - from }, (_, index) => this.at(from + index));
  }

  #setStandard(place: number): void {
    if (this.#standardAt < 0) this.#standardAt = this.page.append(STANDARD);
    this.bounds[place] = this.#standardAt;
    this.bounds[place + 1] = this.#standardAt + STANDARD.length;
  }

  #makeRoom(): void {
    this.bounds = grown(this.bounds, new Int32Array(2 * this.bounds.length));
    this.sizesBytes = grown(this.sizesBytes, new Float64Array(2 * this.rows));
    this.lastModifiedMs = grown(this.lastModifiedMs, new Float64Array(2 * this.rows));
    this.mayNeedEscapes = grown(this.mayNeedEscapes, new Uint8Array(2 * this.rows));
    this.#flags = grown(this.#flags, new Uint8Array(2 * this.rows));
  }
}

function grown<T extends { set: (from: T) => void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

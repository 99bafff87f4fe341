/**
 * Entries as a table over bytes: what a listing is read into and ranges are written from. A string for each field of each
 * key of a bucket would cost more than all the rest of a snapshot; here texts stay bytes, and are only pointed at.
 */

export interface EntryTable {
  /** The texts of all fields, as UTF-8, in the first `length` of these. */
  readonly bytes: Buffer;
  readonly length: number;
  /** Another number whenever other bytes stand there; what is only appended is no change. */
  readonly generation: number;
  readonly columns: Columns;
}

/** Where the pair of a field is among the bounds of its row. */
export const TEXT_FIELDS = { key: 0, versionId: 2, etag: 4, storageClass: 6 } as const;
export type TextField = keyof typeof TEXT_FIELDS;
export const BOUNDS_PER_ROW = 8;

/** Bits of `flags`. */
export const IS_LATEST = 1;
export const IS_DELETE_MARKER = 2;
/** Its key is that of the row before. */
export const IS_SAME_KEY = 4;
/** Its key may hold escapes of an answer that is url-encoded. */
export const MAY_BE_ENCODED = 8;

const BYTES_PER_ROW = BOUNDS_PER_ROW * 4 + 8 + 8 + 1 + 1;
const ROWS_PER_STEP = 16;

/** What is said of each row, column after column in one piece of memory, as the kernel has them too (src/kernel/assembly/columns.ts). */
export class Columns {
  readonly all: Uint8Array;
  /** Rows that there is room for: a multiple of 16. */
  readonly capacity: number;
  /** Where in the table's bytes the texts of a row begin and end: from `row * BOUNDS_PER_ROW` on, a pair for each field. */
  readonly bounds: Int32Array;
  readonly sizesBytes: Float64Array;
  readonly lastModifiedMs: Float64Array;
  /** 0 where it is known that all bytes of its texts are plain: the unreserved characters of RFC 3986, and `/`. */
  readonly mayNeedEscapes: Uint8Array;
  readonly flags: Uint8Array;

  constructor(rows: number) {
    const capacity = Math.ceil(rows / ROWS_PER_STEP) * ROWS_PER_STEP;
    const memory = new ArrayBuffer(capacity * BYTES_PER_ROW);
    this.capacity = capacity;
    this.all = new Uint8Array(memory);
    this.bounds = new Int32Array(memory, 0, capacity * BOUNDS_PER_ROW);
    this.sizesBytes = new Float64Array(memory, capacity * 32, capacity);
    this.lastModifiedMs = new Float64Array(memory, capacity * 40, capacity);
    this.mayNeedEscapes = new Uint8Array(memory, capacity * 48, capacity);
    this.flags = new Uint8Array(memory, capacity * 49, capacity);
  }

  /** The same rows, with room for more. */
  grown(): Columns {
    const larger = new Columns(2 * this.capacity);
    larger.bounds.set(this.bounds);
    larger.sizesBytes.set(this.sizesBytes);
    larger.lastModifiedMs.set(this.lastModifiedMs);
    larger.mayNeedEscapes.set(this.mayNeedEscapes);
    larger.flags.set(this.flags);
    return larger;
  }
}

/** A text as a string of its own, which keeps nothing of the table in memory. */
export function textOf({ bytes, columns: { bounds } }: EntryTable, row: number, field: TextField): string {
  const at = row * BOUNDS_PER_ROW + TEXT_FIELDS[field];
  return bytes.toString('utf8', bounds[at], bounds[at + 1]);
}

/**
 * Entries as a table over bytes: what a listing is read into and ranges are written from. A string for each field of each
 * key of a bucket would cost more than all the rest of a snapshot; here texts stay bytes, and are only pointed at.
 */

export interface EntryTable {
  /** The texts of all fields, as UTF-8. */
  readonly bytes: Buffer;
  /** Where in `bytes` the texts of a row begin and end: from `row * BOUNDS_PER_ROW` on, a pair for each field. */
  readonly bounds: Int32Array;
  /** The same bytes. */
  readonly view: DataView;
  /** By row. */
  readonly sizesBytes: Float64Array;
  readonly lastModifiedMs: Float64Array;
  /** By row: 0 where it is known that all bytes of its texts are plain. */
  readonly mayNeedEscapes: Uint8Array;
}

/** By byte: 1 for those that stand for themselves wherever keys are encoded: the unreserved characters of RFC 3986, and `/`. */
export const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9\-_.~/]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Where the pair of a field is among the bounds of its row. */
export const TEXT_FIELDS = { key: 0, versionId: 2, etag: 4, storageClass: 6 } as const;
export type TextField = keyof typeof TEXT_FIELDS;
export const BOUNDS_PER_ROW = 8;

/** A text as a string of its own, which keeps nothing of the table in memory. */
export function textOf({ bytes, bounds }: EntryTable, row: number, field: TextField): string {
  const at = row * BOUNDS_PER_ROW + TEXT_FIELDS[field];
  return bytes.toString('utf8', bounds[at], bounds[at + 1]);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

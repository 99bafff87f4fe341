/**
 * The rows of an entry table as they lie in memory: column after column, each with room for `capacity` rows, a multiple of 16. The same
 * layout as that of Columns in src/entry-table.ts.
 */

export const KEY: u32 = 0;
export const VERSION_ID: u32 = 2;
export const ETAG: u32 = 4;
export const STORAGE_CLASS: u32 = 6;
const BOUNDS_PER_ROW: u32 = 8;

export const IS_LATEST: u32 = 1;
export const IS_DELETE_MARKER: u32 = 2;
/** Its key is that of the row before. */
export const IS_SAME_KEY: u32 = 4;
/** Its key may hold escapes of an answer that is url-encoded. */
export const MAY_BE_ENCODED: u32 = 8;

/** The texts of a row begin and end at these places, counted from the beginning of the table's bytes. */
export function boundsOf(table: usize, row: u32): usize {
  return table + <usize>row * BOUNDS_PER_ROW * 4;
}

export function textStart(bounds: usize, field: u32): u32 {
  return load<u32>(bounds + <usize>field * 4);
}

export function textEnd(bounds: usize, field: u32): u32 {
  return load<u32>(bounds + <usize>field * 4, 4);
}

export function setText(bounds: usize, field: u32, start: u32, end: u32): void {
  store<u32>(bounds + <usize>field * 4, start);
  store<u32>(bounds + <usize>field * 4, end, 4);
}

export function sizeOf(table: usize, capacity: u32, row: u32): usize {
  return table + <usize>capacity * 32 + <usize>row * 8;
}

export function timeOf(table: usize, capacity: u32, row: u32): usize {
  return table + <usize>capacity * 40 + <usize>row * 8;
}

export function escapesOf(table: usize, capacity: u32, row: u32): usize {
  return table + <usize>capacity * 48 + <usize>row;
}

export function flagsOf(table: usize, capacity: u32, row: u32): usize {
  return table + <usize>capacity * 49 + <usize>row;
}

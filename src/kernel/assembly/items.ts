/**
 * Reads the items of a page by their layouts: what stands between the values of an item is compared byte for byte with what stands
 * there in one that was read element by element (src/s3/item-layout.ts), and where the values are is noted.
 */
import {
  boundsOf,
  escapesOf,
  ETAG,
  flagsOf,
  IS_DELETE_MARKER,
  IS_LATEST,
  KEY,
  MAY_BE_ENCODED,
  setText,
  sizeOf,
  STORAGE_CLASS,
  textEnd,
  textStart,
  timeOf,
  VERSION_ID,
} from './columns';
import { isEqual, scanValue } from './text';
import { parseTime } from './time';

// The fields of a layout, by their number there; the texts come first, with the numbers of their columns.
const IS_LATEST_FIELD: u32 = 1;
const LAST_MODIFIED: u32 = 3;
const SIZE: u32 = 5;
/** No double holds more digits exactly. */
const MAX_DIGITS: usize = 15;
const LT: u32 = 0x3c;
const QUOTE: u32 = 0x22;
/** `true`, `fals`, `&quo`, `t;` and `&#34` as words. */
const TRUE: u32 = 0x65757274;
const FALS: u32 = 0x736c6166;
const QUO: u32 = 0x6f757126;
const T_SEMICOLON: u32 = 0x3b74;
const NUMBER_34: u32 = 0x34332326;
const SEMICOLON: u32 = 0x3b;

/** Where the page is, and where the name of the usual storage class stands in it. */
let page: usize = 0;
let limit: usize = 0;
let standard: u32 = 0;
let standardEnd: u32 = 0;
/** The table. */
let columns: usize = 0;
let room: u32 = 0;

/**
 * Reads items from `at` on, for as long as one of the layouts fits and there is room, and returns the offset behind the last.
 * @param body the page; somewhere behind it stands a zero, at which every value ends
 * @param standardAt where `STANDARD` stands
 * @param layouts their addresses, the likeliest first
 * @param rows in: how many rows there are; out: how many there are then
 */
export function readItems(
  body: usize,
  bodyBytes: u32,
  at: u32,
  standardAt: u32,
  layouts: usize,
  layoutCount: u32,
  table: usize,
  capacity: u32,
  rows: usize,
): u32 {
  page = body;
  limit = body + bodyBytes;
  standard = standardAt;
  standardEnd = standardAt + 8;
  columns = table;
  room = capacity;
  let row = load<u32>(rows);
  let end = body + at;
  while (row < capacity) {
    const start = afterSpace(end);
    const next = readByAny(layouts, layoutCount, start, row);
    if (next == 0) break;
    end = next;
    row++;
  }
  store<u32>(rows, row);
  return <u32>(end - body);
}

/** The place behind the item; 0 where no layout fits. The one that fits comes first from then on. */
function readByAny(layouts: usize, layoutCount: u32, start: usize, row: u32): usize {
  for (let i: u32 = 0; i < layoutCount; i++) {
    const layout = load<u32>(layouts + <usize>i * 4);
    const end = readItem(layout, start, row);
    if (end == 0) continue;
    for (let later = i; later > 0; later--) {
      const place = layouts + <usize>later * 4;
      store<u32>(place, load<u32>(place - 4));
    }
    store<u32>(layouts, layout);
    return end;
  }
  return 0;
}

/**
 * A layout: whether it is a delete marker's, the number of fields, then for each field what comes before it (address and length)
 * and its number, and then what comes after the last.
 */
function readItem(layout: usize, start: usize, row: u32): usize {
  const bounds = boundsOf(columns, row);
  const isDeleteMarker = load<u32>(layout);
  const fields = load<u32>(layout, 4);
  // What an item may lack.
  setText(bounds, ETAG, 0, 0);
  setText(bounds, STORAGE_CLASS, 0, 0);
  store<f64>(sizeOf(columns, room, row), 0);
  store<u8>(escapesOf(columns, room, row), 0);
  store<u8>(flagsOf(columns, room, row), isDeleteMarker * IS_DELETE_MARKER);
  let at = start;
  let part = layout + 8;
  for (let i: u32 = 0; i < fields; i++, part += 12) {
    at = skip(part, at);
    if (at == 0) return 0;
    at = take(load<u32>(part, 8), at, bounds, row);
    if (at == 0 || at >= limit || load<u8>(at) != LT) return 0;
  }
  at = skip(part, at);
  if (at == 0) return 0;
  if (!isDeleteMarker && textStart(bounds, STORAGE_CLASS) == textEnd(bounds, STORAGE_CLASS))
    setText(bounds, STORAGE_CLASS, standard, standardEnd);
  return at;
}

/** The place behind what has to stand here; 0 where something else does. */
function skip(part: usize, at: usize): usize {
  const length = load<u32>(part, 4);
  if (at + length > limit) return 0;
  return isEqual(at, load<u32>(part), length) ? at + length : 0;
}

/** The place behind the value, where a `<` has to stand; 0 where it needs a closer look. */
function take(field: u32, at: usize, bounds: usize, row: u32): usize {
  switch (field) {
    case KEY:
    case VERSION_ID:
    case STORAGE_CLASS: {
      const end = noteText(at, bounds, field, row);
      return end > at || field == STORAGE_CLASS ? end : 0;
    }
    case ETAG:
      return takeEtag(at, bounds, row);
    case LAST_MODIFIED: {
      const end = scanValue(at) >> 1;
      const timeMs = parseTime(at, end);
      store<f64>(timeOf(columns, room, row), timeMs);
      return isNaN(timeMs) ? 0 : end;
    }
    case IS_LATEST_FIELD: {
      if (load<u32>(at) == FALS) return load<u8>(at, 4) == 0x65 /* e */ ? at + 5 : 0;
      if (load<u32>(at) != TRUE) return 0;
      const flags = flagsOf(columns, room, row);
      store<u8>(flags, load<u8>(flags) | IS_LATEST);
      return at + 4;
    }
    case SIZE:
      return takeSize(at, row);
    default:
      return 0;
  }
}

function noteText(at: usize, bounds: usize, field: u32, row: u32): usize {
  const scanned = scanValue(at);
  const end = scanned >> 1;
  setText(bounds, field, <u32>(at - page), <u32>(end - page));
  if ((scanned & 1) != 0) {
    store<u8>(escapesOf(columns, room, row), 1);
    const flags = flagsOf(columns, room, row);
    if (field == KEY) store<u8>(flags, load<u8>(flags) | MAY_BE_ENCODED);
  }
  return end;
}

/** Without the quotes around it, which are entities (MinIO writes them as numbers), bare or missing. */
function takeEtag(at: usize, bounds: usize, row: u32): usize {
  const entityBytes = quoteEntityBytes(at);
  if (entityBytes != 0) {
    const end = noteText(at + entityBytes, bounds, ETAG, row);
    return quoteEntityBytes(end) == entityBytes ? end + entityBytes : 0;
  }
  const end = noteText(at, bounds, ETAG, row);
  if (load<u8>(at) != QUOTE) return end;
  if (end - at < 2 || load<u8>(end - 1) != QUOTE) return 0;
  setText(bounds, ETAG, <u32>(at + 1 - page), <u32>(end - 1 - page));
  return end;
}

/** How long the entity is that stands there for a quote; 0 where none does. */
function quoteEntityBytes(at: usize): usize {
  if (load<u32>(at) == QUO && load<u16>(at, 4) == T_SEMICOLON) return 6;
  return load<u32>(at) == NUMBER_34 && load<u8>(at, 4) == SEMICOLON ? 5 : 0;
}

function takeSize(at: usize, row: u32): usize {
  let size: u64 = 0;
  let end = at;
  for (; ; end++) {
    const digit = <u32>load<u8>(end) - 0x30;
    if (digit > 9) break;
    size = size * 10 + digit;
  }
  if (end == at || end - at > MAX_DIGITS) return 0;
  store<f64>(sizeOf(columns, room, row), <f64>size);
  return end;
}

function afterSpace(at: usize): usize {
  while (at < limit && isSpace(load<u8>(at))) at++;
  return at;
}

function isSpace(byte: u32): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d;
}

/** Writes rows as the lines of the index (docs/formats.md), as far as the next cut, and sees to it that their keys are in order. */
import {
  boundsOf,
  ETAG,
  escapesOf,
  KEY,
  sizeOf,
  STORAGE_CLASS,
  textEnd,
  textStart,
  timeOf,
  VERSION_ID,
} from './columns';
import { copy, isPlain, sharedLength } from './text';
import { writeTime } from './time';

const COMMA: u32 = 0x2c;
const NEWLINE: u32 = 0x0a;
const PERCENT: u32 = 0x25;
/** Size, time, commas and the line's end, and as much as copies reach beyond their end. */
const REST_BYTES: u32 = 16 + 24 + 6 + 16;
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991;

/** Why it ended: what was given is written, or there is no more room; the row after the last one ... */
const DONE: u32 = 0;
const CUT: u32 = 1;
const OUT_OF_ORDER: u32 = 2;
const WITHOUT_LINE: u32 = 3;

/** FNV-1a after so many bytes of the last key: the next one mostly begins alike. */
const HASHED_BYTES: usize = 1024;
const hashes = memory.data(4100);

/** Results beside the one that is returned: rows that were written, and why no more. */
let written: u32 = 0;
let reason: u32 = 0;

export function rowsWritten(): u32 {
  return written;
}

export function reasonOfEnd(): u32 {
  return reason;
}

/**
 * Writes lines from `to` on, and returns the place behind them.
 * @param numbers of the rows that are to be written
 * @param lastKey which the first one has to sort after
 * @param cutMask a range is cut after a key whose hash has none of these bits
 */
export function writeLines(
  bytes: usize,
  table: usize,
  capacity: u32,
  numbers: usize,
  count: u32,
  lastKey: usize,
  lastKeyBytes: i32,
  cutMask: u32,
  to: usize,
  toEnd: usize,
): usize {
  let before = lastKey;
  let beforeBytes = lastKeyBytes;
  let hashed: usize = 0;
  store<u32>(hashes, 0x811c9dc5);
  reason = DONE;
  written = 0;
  while (written < count) {
    const row = load<u32>(numbers + <usize>written * 4);
    const bounds = boundsOf(table, row);
    if (to + maxLineBytes(bounds) > toEnd) return to;
    const key = bytes + textStart(bounds, KEY);
    const keyBytes = <i32>(bytes + textEnd(bounds, KEY) - key);
    let shared: usize = 0;
    if (beforeBytes >= 0) {
      const length = min(beforeBytes, keyBytes);
      shared = sharedLength(before, key, length);
      const isAfter =
        <i32>shared < length ? load<u8>(before + shared) < load<u8>(key + shared) : beforeBytes < keyBytes;
      if (!isAfter) return ended(to, OUT_OF_ORDER);
    }
    const end = writeLine(bytes, bounds, table, capacity, row, to);
    if (end == 0) return ended(to, WITHOUT_LINE);
    to = end;
    written++;
    const hash = hashFrom(min(shared, hashed), key, keyBytes);
    hashed = min<usize>(keyBytes, HASHED_BYTES);
    if ((hash & cutMask) == 0) return ended(to, CUT);
    before = key;
    beforeBytes = keyBytes;
  }
  return to;
}

function ended(to: usize, why: u32): usize {
  reason = why;
  return to;
}

function maxLineBytes(bounds: usize): u32 {
  return (
    3 *
      (length(bounds, KEY) +
        length(bounds, VERSION_ID) +
        length(bounds, ETAG) +
        length(bounds, STORAGE_CLASS)) +
    REST_BYTES
  );
}

function length(bounds: usize, field: u32): u32 {
  return textEnd(bounds, field) - textStart(bounds, field);
}

/** The hash of a key of which so many bytes are hashed already. See src/index/cut.ts, where it is defined. */
function hashFrom(shared: usize, key: usize, keyBytes: usize): u32 {
  let hash = load<u32>(hashes + shared * 4);
  let at = shared;
  for (const end = min(keyBytes, HASHED_BYTES); at < end; at++) {
    hash = (hash ^ load<u8>(key + at)) * 0x01000193;
    store<u32>(hashes + at * 4, hash, 4);
  }
  for (; at < keyBytes; at++) hash = (hash ^ load<u8>(key + at)) * 0x01000193;
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}

/** Returns the place behind the line; 0 for a row that has none: an empty key or version id, a size or a time that is none. */
function writeLine(bytes: usize, bounds: usize, table: usize, capacity: u32, row: u32, to: usize): usize {
  if (length(bounds, KEY) == 0 || length(bounds, VERSION_ID) == 0) return 0;
  const isEscaped = load<u8>(escapesOf(table, capacity, row)) != 0;
  to = writeText(bytes, bounds, KEY, isEscaped, to);
  to = writeText(bytes, bounds, VERSION_ID, isEscaped, to);
  to = writeSize(load<f64>(sizeOf(table, capacity, row)), to);
  if (to == 0) return 0;
  store<u8>(to, COMMA);
  to = writeTime(load<f64>(timeOf(table, capacity, row)), to + 1);
  if (to == 0) return 0;
  store<u8>(to, COMMA);
  to = writeText(bytes, bounds, ETAG, isEscaped, to + 1);
  to = writeText(bytes, bounds, STORAGE_CLASS, isEscaped, to);
  store<u8>(to - 1, NEWLINE);
  return to;
}

/** With a comma behind it. */
function writeText(bytes: usize, bounds: usize, field: u32, isEscaped: bool, to: usize): usize {
  const from = bytes + textStart(bounds, field);
  const end = bytes + textEnd(bounds, field);
  to = isEscaped ? writeEscaped(from, end, to) : copy(from, to, end - from);
  store<u8>(to, COMMA);
  return to + 1;
}

function writeEscaped(from: usize, end: usize, to: usize): usize {
  for (; from < end; from++) {
    const byte = <u32>load<u8>(from);
    if (isPlain(byte)) store<u8>(to++, byte);
    else {
      store<u8>(to, PERCENT);
      store<u8>(to, hexDigit(byte >> 4), 1);
      store<u8>(to, hexDigit(byte & 15), 2);
      to += 3;
    }
  }
  return to;
}

function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

function writeSize(sizeBytes: f64, to: usize): usize {
  if (!(sizeBytes >= 0 && sizeBytes <= MAX_SAFE_INTEGER) || sizeBytes != trunc(sizeBytes)) return 0;
  const size = <u64>sizeBytes;
  let digits: usize = 1;
  for (let power: u64 = 10; power <= size; power *= 10) digits++;
  let rest = size;
  for (let at = to + digits; at > to; rest /= 10) store<u8>(--at, 0x30 + <u32>(rest % 10));
  return to + digits;
}

/** Keys of a table: decoded, and compared with each other. */
import {
  boundsOf,
  escapesOf,
  flagsOf,
  IS_SAME_KEY,
  KEY,
  MAY_BE_ENCODED,
  setText,
  textEnd,
  textStart,
} from './columns';
import { sharedLength } from './text';

const PERCENT: u32 = 0x25;
const PLUS: u32 = 0x2b;

/**
 * Writes the keys that are url-encoded anew behind the bytes of the table, each with a line feed behind it, and returns how many
 * bytes that took. A key that is not url-encoded as it should be ends it: `rows` holds the number of rows that were looked at.
 * @param bytes have room for as many more
 */
export function decodeKeys(bytes: usize, bytesLength: u32, table: usize, capacity: u32, rows: usize): u32 {
  const count = load<u32>(rows);
  let end = bytes + bytesLength;
  let row: u32 = 0;
  for (; row < count; row++) {
    if ((load<u8>(flagsOf(table, capacity, row)) & MAY_BE_ENCODED) == 0) continue;
    const bounds = boundsOf(table, row);
    const start = end;
    end = decode(bytes + textStart(bounds, KEY), bytes + textEnd(bounds, KEY), start);
    if (end == 0) {
      end = start;
      break;
    }
    setText(bounds, KEY, <u32>(start - bytes), <u32>(end - bytes));
    store<u8>(escapesOf(table, capacity, row), 1);
    store<u8>(end++, 0x0a);
  }
  store<u32>(rows, row);
  return <u32>(end - bytes) - bytesLength;
}

/** AWS writes a space as `+` and a plus as `%2B`; radosgw a space as `%20`. Returns the place behind it; 0 where it is malformed. */
function decode(from: usize, fromEnd: usize, to: usize): usize {
  for (; from < fromEnd; from++, to++) {
    const byte = <u32>load<u8>(from);
    if (byte == PERCENT) {
      if (from + 2 >= fromEnd) return 0;
      const high = hexValue(load<u8>(from, 1));
      const low = hexValue(load<u8>(from, 2));
      if ((high | low) > 15) return 0;
      store<u8>(to, (high << 4) | low);
      from += 2;
    } else store<u8>(to, byte == PLUS ? 0x20 : byte);
  }
  return to;
}

function hexValue(byte: u32): u32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

/** Says of each row whether its key is that of the row before, and returns the first whose key sorts before that; else the number of rows. */
export function compareNeighbours(bytes: usize, table: usize, capacity: u32, rows: u32): u32 {
  for (let row: u32 = 1; row < rows; row++) {
    const bounds = boundsOf(table, row);
    const order = compare(bytes, boundsOf(table, row - 1), bounds);
    if (order > 0) return row;
    const flags = flagsOf(table, capacity, row);
    store<u8>(flags, (load<u8>(flags) & ~IS_SAME_KEY) | (order == 0 ? IS_SAME_KEY : 0));
  }
  return rows;
}

function compare(bytes: usize, a: usize, b: usize): i32 {
  const aStart = bytes + textStart(a, KEY);
  const bStart = bytes + textStart(b, KEY);
  const aLength = bytes + textEnd(a, KEY) - aStart;
  const bLength = bytes + textEnd(b, KEY) - bStart;
  const length = min(aLength, bLength);
  const shared = sharedLength(aStart, bStart, length);
  if (shared < length) return <i32>load<u8>(aStart + shared) - <i32>load<u8>(bStart + shared);
  return <i32>aLength - <i32>bLength;
}

/**
 * LastModified in an entry line: `2026-11-21T04:00:00Z`, with `.123` only where the milliseconds are not zero (trap 33:
 * some stores list them). Written by hand because `Date` costs more than the rest of the line: neighbouring keys
 * are often of few days, so days are remembered and only the time of day is computed.
 */
const DAY_MS = 86_400_000;
/** 0000-01-01 to 9999-12-31, the years that ISO 8601 writes with four digits. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;

/** `2026-11-21T` as bytes, by the number of the day; and the other way round. Emptied when they hold too many. */
const dayBytes = new Map<number, Uint8Array>();
const dayStarts = new Map<string, number>();
const MAX_DAYS = 10_000;
/** Neighbours are mostly of one day. */
let lastDay = NaN;
let lastDayText: Uint8Array = new Uint8Array();

/** The most bytes that `writeEntryTime` writes. */
export const ENTRY_TIME_BYTES = 24;

const ZERO = 0x30;
const COLON = 0x3a;
const POINT = 0x2e;
const ZULU = 0x5a;

/**
 * Writes a time at an offset, and returns the offset behind it.
 * @param timeMs whole milliseconds since the epoch
 * @throws RangeError where there is no four-digit year for it, or it is not whole
 */
export function writeEntryTime(timeMs: number, bytes: Uint8Array, at: number): number {
  if (!Number.isInteger(timeMs) || timeMs < FIRST_MS || timeMs > LAST_MS) {
    throw new RangeError(`${timeMs} is no time in milliseconds`);
  }
  const day = Math.floor(timeMs / DAY_MS);
  const ofDayMs = timeMs - day * DAY_MS;
  const second = (ofDayMs / 1000) | 0;
  const ms = ofDayMs - second * 1000;
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  const dayText = day === lastDay ? lastDayText : textOfDay(day);
  for (let i = 0; i < dayText.length; i++) bytes[at++] = dayText[i]!;
  at = writeTwoDigits(hour, COLON, bytes, at);
  at = writeTwoDigits(minute - hour * 60, COLON, bytes, at);
  at = writeTwoDigits(second - minute * 60, ms === 0 ? ZULU : POINT, bytes, at);
  if (ms === 0) return at;
  const tenths = (ms / 100) | 0;
  bytes[at++] = ZERO + tenths;
  return writeTwoDigits(ms - tenths * 100, ZULU, bytes, at);
}

function writeTwoDigits(number: number, then: number, bytes: Uint8Array, at: number): number {
  const tens = (number / 10) | 0;
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + number - tens * 10;
  bytes[at + 2] = then;
  return at + 3;
}

function textOfDay(day: number): Uint8Array {
  lastDay = day;
  return (lastDayText = dayBytes.get(day) ?? formatDay(day));
}

function formatDay(day: number): Uint8Array {
  const text = Buffer.from(new Date(day * DAY_MS).toISOString().slice(0, 11), 'latin1');
  remember(dayBytes, day, text);
  return text;
}

/** The form of a time, as the source of a regular expression. Whether the day exists is for `parseEntryTime` to say. */
export const ENTRY_TIME = '\\d{4}-\\d{2}-\\d{2}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.(?!000)\\d{3})?Z';

/**
 * Milliseconds since the epoch.
 * @param text of the form `ENTRY_TIME`
 * @throws Error for a day that does not exist
 */
export function parseEntryTime(text: string): number {
  const dayText = text.slice(0, 11);
  const dayMs = dayStarts.get(dayText) ?? parseDay(dayText);
  const second = (digits(text, 11) * 60 + digits(text, 14)) * 60 + digits(text, 17);
  const ms = text.length === 24 ? digits(text, 20) * 10 + text.charCodeAt(22) - 48 : 0;
  return dayMs + second * 1000 + ms;
}

function parseDay(dayText: string): number {
  const dayMs = Date.parse(`${dayText}00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(dayText)) {
    throw new Error(`${dayText.slice(0, -1)} is no day`);
  }
  remember(dayStarts, dayText, dayMs);
  return dayMs;
}

function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  if (known.size >= MAX_DAYS) known.clear();
  known.set(key, value);
}

/** The number that two digits at `at` stand for. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

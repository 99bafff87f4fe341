/**
 * LastModified in an entry line: `2026-11-21T04:00:00Z`, with `.123` only where the milliseconds are not zero (trap 33:
 * some stores list them). Written by hand because `Date` costs more than the rest of the line: neighbouring keys
 * are often of few days, so days are remembered and only the time of day is computed.
 */
const DAY_MS = 86_400_000;
/** 0000-01-01 to 9999-12-31, the years that ISO 8601 writes with four digits. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** Texts of days, such as `2026-11-21T`, by their number; and the other way round. Emptied when they hold too many. */
const dayTexts = new Map<number, string>();
const dayStarts = new Map<string, number>();
const MAX_DAYS = 10_000;

/**
 * @param timeMs whole milliseconds since the epoch
 * @throws RangeError where there is no four-digit year for it, or it is not whole
 */
export function formatEntryTime(timeMs: number): string {
  if (!Number.isInteger(timeMs) || timeMs < FIRST_MS || timeMs > LAST_MS) {
    throw new RangeError(`${timeMs} is no time in milliseconds`);
  }
  const day = Math.floor(timeMs / DAY_MS);
  const ofDayMs = timeMs - day * DAY_MS;
  const ms = ofDayMs % 1000;
  const second = Math.floor(ofDayMs / 1000);
  const minute = Math.floor(second / 60);
  const whole = `${dayTexts.get(day) ?? formatDay(day)}${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`;
  return ms === 0 ? `${whole}Z` : `${whole}.${String(ms).padStart(3, '0')}Z`;
}

function formatDay(day: number): string {
  const text = new Date(day * DAY_MS).toISOString().slice(0, 11);
  remember(dayTexts, day, text);
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

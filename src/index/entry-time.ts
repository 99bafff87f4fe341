/**
 * LastModified in an entry line: `2026-11-21T04:00:00Z`, with `.123` only where the milliseconds are not zero (trap 33:
 * some stores list them). Read by hand because `Date` costs more than the rest of the line: neighbouring keys
 * are often of few days, so days are remembered and only the time of day is computed.
 */

/** By `2026-11-21T`. Emptied when it holds too many. */
const dayStarts = new Map<string, number>();
const MAX_DAYS = 10_000;

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
  if (dayStarts.size >= MAX_DAYS) dayStarts.clear();
  dayStarts.set(dayText, dayMs);
  return dayMs;
}

/** The number that two digits at `at` stand for. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

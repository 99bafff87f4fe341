/** Times as S3 writes them. */

/** `2024-01-31T23:59:59.000Z`; the milliseconds are zero with `secondsOnly`, as on AWS (trap 3). */
export function isoTime(timeMs: number, secondsOnly: boolean): string {
  return new Date(secondsOnly ? Math.floor(timeMs / 1000) * 1000 : timeMs).toISOString();
}

/** `Wed, 31 Jan 2024 23:59:59 GMT`, the form of HTTP headers. */
export function httpTime(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const DAY_MS = 86_400_000;

/** Like `isoTime`, for a page of a thousand times: remembers the last day it formatted. */
export function makeIsoFormatter(secondsOnly: boolean): (timeMs: number) => string {
  let cachedDay = NaN;
  let dayText = '';
  return (timeMs) => {
    const day = Math.floor(timeMs / DAY_MS);
    if (day !== cachedDay) {
      cachedDay = day;
      dayText = new Date(day * DAY_MS).toISOString().slice(0, 11);
    }
    const inDayMs = timeMs - day * DAY_MS;
    const seconds = Math.floor(inDayMs / 1000);
    const clockText = `${TWO_DIGITS[Math.floor(seconds / 3600)]}:${TWO_DIGITS[Math.floor(seconds / 60) % 60]}:${TWO_DIGITS[seconds % 60]}`;
    const fraction = secondsOnly ? '000' : String(inDayMs % 1000).padStart(3, '0');
    return `${dayText}${clockText}.${fraction}Z`;
  };
}

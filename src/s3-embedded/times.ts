/** Times as S3 writes them. */

/** `2024-01-31T23:59:59.000Z`; the milliseconds are zero with `secondsOnly`, as on AWS (trap 3). */
export function isoTime(timeMs: number, secondsOnly: boolean): string {
  return new Date(secondsOnly ? Math.floor(timeMs / 1000) * 1000 : timeMs).toISOString();
}

/** `Wed, 31 Jan 2024 23:59:59 GMT`, the form of HTTP headers. */
export function httpTime(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

const DAY_MS = 86_400_000;
const CACHED_DAYS = 10_000;
const dayTexts = new Map<number, string>();

/** `2024-01-31T`: kept, because a page has a thousand times and these come from few days. */
export function isoDay(timeMs: number): string {
  const day = Math.floor(timeMs / DAY_MS);
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 11);
    if (dayTexts.size >= CACHED_DAYS) dayTexts.clear();
    dayTexts.set(day, text);
  }
  return text;
}

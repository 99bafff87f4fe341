/** An interval of keys `(after, upTo]` in the order of their UTF-8 bytes; a bound that is absent is the prefix's own end. */
import { compareKeys } from '../key-order.ts';

export interface KeyRange {
  after?: string | undefined;
  upTo?: string | undefined;
}

/** Orders key ranges that do not overlap. */
export function compareKeyRanges(a: KeyRange, b: KeyRange): number {
  if (a.after === undefined || b.after === undefined) {
    return Number(a.after !== undefined) - Number(b.after !== undefined);
  }
  return compareKeys(a.after, b.after);
}

/**
 * What sorted key ranges leave out of the whole.
 * @throws Error where two of them overlap: their entries would be in a snapshot twice
 */
export function gapsBetween(sorted: readonly KeyRange[]): KeyRange[] {
  const gaps: KeyRange[] = [];
  let reached: KeyRange | undefined;
  for (const range of sorted) {
    const from = reached === undefined ? undefined : reached.upTo;
    if (reached !== undefined && (from === undefined || range.after === undefined)) throw overlap(range);
    if (range.after !== undefined && (from === undefined || compareKeys(from, range.after) < 0)) {
      gaps.push({ after: from, upTo: range.after });
    } else if (from !== undefined && from !== range.after) {
      throw overlap(range);
    }
    reached = range;
  }
  if (reached === undefined) return [{}];
  if (reached.upTo !== undefined) gaps.push({ after: reached.upTo });
  return gaps;
}

function overlap(range: KeyRange): Error {
  return new Error(`Key ranges overlap after ${JSON.stringify(range.after)}.`);
}

/** Key ranges that cover everything, with these keys as inner bounds: ascending, none twice. */
export function cutAt(bounds: readonly string[]): KeyRange[] {
  const ends: (string | undefined)[] = [undefined, ...bounds, undefined];
  return ends.slice(1).map((upTo, index) => ({ after: ends[index], upTo }));
}

/** Times on the command line: ISO 8601, `YYYY-MM-DD[ HH:MM[:SS]]` in local time, `now`, or an age such as `36h`. */
// Each function by itself: the package as a whole costs a second of start-up.
import { isValid } from 'date-fns/isValid';
import { parseISO } from 'date-fns/parseISO';
import { BackupError } from '../errors.ts';

/** With a zone it is a moment, without one it is local. */
const momentForm = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const snapshotForm = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/**
 * Milliseconds since the epoch.
 * @throws BackupError USAGE naming the forms.
 */
export function parseTime(text: string, nowMs: number): number {
  const trimmed = text.trim();
  if (trimmed === 'now') return nowMs;
  const age = /^(\d+)([smhdw])$/.exec(trimmed);
  if (age !== null) return nowMs - Number(age[1]) * (unitMs[age[2] ?? ''] ?? NaN);
  const timeMs = parseMoment(trimmed);
  if (timeMs !== undefined) return timeMs;
  throw new BackupError('USAGE', `"${text}" is not a time.`, {
    hint: 'Give ISO 8601 (2026-11-21T04:00:00Z), "2026-11-21 04:00" in local time, now, or an age such as 36h, 7d, 2w.',
  });
}

function parseMoment(text: string): number | undefined {
  const iso = text.replace(snapshotForm, '$1-$2-$3T$4:$5:$6Z');
  if (!momentForm.test(iso)) return undefined;
  const time = parseISO(iso);
  return isValid(time) ? time.getTime() : undefined;
}

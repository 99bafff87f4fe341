/**
 * Renders progress: one line on stderr that is rewritten, where stderr is a terminal; else a log line now and then,
 * so that the log of a long run from cron shows that it lives.
 */
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import type { Progress } from '../observer.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import type { TerminalLine } from './terminal-line.ts';

export interface ProgressOptions {
  clock: Clock;
  log: Logger;
  /** Absent for --quiet, --no-progress, and where nobody looks. */
  line?: TerminalLine | undefined;
}

const lineEveryMs = 100;
const logEveryMs = 30_000;

export function createProgressRenderer({ clock, log, line }: ProgressOptions): (progress: Progress) => void {
  if (line !== undefined) return throttle(clock, lineEveryMs, -Infinity, (text) => line.show(text));
  return throttle(clock, logEveryMs, clock.nowMs(), (text) => log.info(text));
}

/** Calls `show` with the text of the progress at most every `everyMs`. */
function throttle(
  clock: Clock,
  everyMs: number,
  shownFirstMs: number,
  show: (text: string) => void,
): (progress: Progress) => void {
  let shownMs = shownFirstMs;
  let phase: string | undefined;
  let phaseStartMs = 0;
  return (progress) => {
    const nowMs = clock.nowMs();
    if (progress.phase !== phase) {
      phase = progress.phase;
      phaseStartMs = nowMs;
    }
    if (nowMs - shownMs < everyMs) return;
    shownMs = nowMs;
    show(progressText(progress, nowMs - phaseStartMs));
  };
}

/** `listing: 1,200,000 keys, 85,000 keys/s, 64 requests in flight, 40%, 21s left` */
export function progressText(progress: Progress, elapsedMs: number): string {
  const { phase, done, total, unit, doneBytes, totalBytes, requestsInFlight } = progress;
  const seconds = elapsedMs / 1000;
  const parts = [`${formatCount(done)} ${unit}`];
  if (seconds > 0.5) parts.push(`${formatCount(done / seconds)} ${unit}/s`);
  if (doneBytes !== undefined) parts.push(formatBytes(doneBytes));
  if (doneBytes !== undefined && seconds > 0.5)
    parts.push(`${formatBytes(Math.round(doneBytes / seconds))}/s`);
  if (requestsInFlight !== undefined) parts.push(`${requestsInFlight} requests in flight`);
  const share = shareDone(done, total, doneBytes, totalBytes);
  if (share !== undefined) parts.push(`${Math.floor(share * 100)}%`);
  if (share !== undefined && share > 0.01 && seconds > 1) {
    parts.push(`${formatDuration((elapsedMs / share) * (1 - share))} left`);
  }
  return `${phase}: ${parts.join(', ')}`;
}

/** The totals may be estimates: what is done can exceed them. */
function shareDone(
  done: number,
  total?: number,
  doneBytes?: number,
  totalBytes?: number,
): number | undefined {
  if (total === undefined || total === 0) return undefined;
  const share = done / total;
  if (doneBytes === undefined || totalBytes === undefined || totalBytes === 0) return Math.min(share, 0.99);
  return Math.min((share + doneBytes / totalBytes) / 2, 0.99);
}

import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { wholeSecondMs } from './as-of.ts';

export interface AsOfTime {
  /** A whole second. */
  timeMs: number;
  /** How long, from the moment it was chosen, until that second is over for sure. */
  overInMs: number;
}

interface ClockOfServer {
  serverTimeMs(): Promise<number>;
}

/** Beyond the second itself: an answer's Date is written before the answer arrives. */
const marginMs = 100;

/**
 * The as-of time by the server's clock, never the local one, which may be off (trap 4).
 * @param atMs a past moment asked for; absent: now
 * @throws BackupError USAGE for a moment that the server's clock has not reached
 */
export async function chooseAsOf(server: ClockOfServer, atMs: number | undefined): Promise<AsOfTime> {
  const serverMs = wholeSecondMs(await server.serverTimeMs());
  const timeMs = atMs === undefined ? serverMs : wholeSecondMs(atMs);
  if (timeMs > serverMs) {
    throw new BackupError(
      'USAGE',
      `${new Date(timeMs).toISOString()} is still to come: the server's clock says ${new Date(serverMs).toISOString()}.`,
      { hint: 'Leave --at out for a snapshot of now.' },
    );
  }
  return { timeMs, overInMs: timeMs === serverMs ? 1000 + marginMs : 0 };
}

/**
 * Waits until the as-of second is over: a version written later in that same second would belong to the snapshot, and
 * a listing that had passed its key would miss it.
 */
export async function waitUntilOver(asOf: AsOfTime, clock: Clock, signal: AbortSignal): Promise<void> {
  if (asOf.overInMs > 0) await clock.sleep(asOf.overInMs, signal);
}

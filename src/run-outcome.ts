/** How a command ended for one set: what notifications and metrics tell. */

/** Commands that work on sites, each of which is told by its name in the place of a set's. */
export const feederCommands: ReadonlySet<string> = new Set(['sync', 'watch']);

/** Stands in the place of a set's name for what belongs to no single site. */
export const sites = 'sites';

export interface RunOutcome {
  command: string;
  set: string;
  startedMs: number;
  endedMs: number;
  exitCode: number;
  /** What failed, where the run as a whole did. */
  error: { code: string; message: string; hint: string | null } | undefined;
  /** Numbers of the result, one level deep: `keys`, `versions.deleted`. */
  figures: Readonly<Record<string, number>>;
}

/** What there is of a set once the run has ended. */
export interface SetState {
  set: string;
  /** Complete snapshots. */
  snapshots: number;
  /** See `newestThatCounts`. */
  newest: { snapshot: string; asOfMs: number; keys: number; bytes: number } | undefined;
}

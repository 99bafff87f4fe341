export interface WatchOptions {
  /** Everything is compared at least so often. */
  reconcileEveryMs: number;
  /** Instead of following events, everything is compared so often: for file systems that tell of no changes. */
  pollEveryMs: number | undefined;
  /** More deletions between two comparisons, those of the second one included, are refused. */
  maxDelete: number | undefined;
  /** More than half of a site's objects may go without anybody being asked. */
  mayDeleteMost: boolean;
  /** The log gets a line so often that says how it goes. */
  healthEveryMs: number;
}

/** A request that waits notices within a second that its server is back. */
export const watchRetryLimits = { maxAttempts: 20, maxDelayMs: 1000 } as const;

export const watchDefaults = {
  reconcileEveryMs: 3_600_000,
  healthEveryMs: 300_000,
  /** Of what tells of no changes: buckets, and folders that could not be watched. */
  pollEveryMs: 60_000,
} as const;

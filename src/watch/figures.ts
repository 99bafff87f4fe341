/** What a watch has done and has before it, for the health line and for metrics. Counts are since the start. */
export interface SiteFigures {
  readonly site: string;
  /** Changes that wait, or are being brought. */
  queue: number;
  inFlight: number;
  events: number;
  uploaded: number;
  deleted: number;
  tagged: number;
  /** Tries that failed; each is tried again. */
  failed: number;
  bytes: number;
  /** Looks at everything. */
  reconciles: number;
  /** Times when events went missing. */
  lost: number;
  watchedFolders: number;
  /** Folders in which changes are found by a look at everything only. */
  unwatchedFolders: number;
  /** Milliseconds since the epoch; undefined: not yet. */
  lastEventMs: number | undefined;
  lastSuccessMs: number | undefined;
  /** When everything was last found the same, or made so. */
  lastReconcileMs: number | undefined;
  /** Why nothing goes on at the moment; empty where it does. */
  trouble: string;
}

export function newFigures(site: string): SiteFigures {
  return {
    site,
    queue: 0,
    inFlight: 0,
    events: 0,
    uploaded: 0,
    deleted: 0,
    tagged: 0,
    failed: 0,
    bytes: 0,
    reconciles: 0,
    lost: 0,
    watchedFolders: 0,
    unwatchedFolders: 0,
    lastEventMs: undefined,
    lastSuccessMs: undefined,
    lastReconcileMs: undefined,
    trouble: '',
  };
}

/** Where a restore goes: what differs there is decided and carried out key by key. A bucket or a directory. */
import type { Entry } from '../index/entry.ts';
import type { Route } from './estimate.ts';
import type { UnfinishedUpload } from './journal.ts';
import type { RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';

/** What became of an action. `thawing`: it is archived, its thaw is under way, and it is to be tried again. */
export type Outcome =
  | { outcome: 'copied'; bytes: number }
  | { outcome: 'thawing' }
  | { outcome: 'undeleted' }
  | { outcome: 'deleted' };

export interface DecideOptions {
  /** Look at contents where listings do not say enough, also of what was restored before. */
  isThorough?: boolean;
}

export interface RestoreTarget {
  readonly route: Route;
  /**
   * Batches of what is due, every key once.
   * @param entries of the snapshot, by key
   */
  decide(entries: AsyncIterable<readonly Entry[]>, options?: DecideOptions): AsyncIterable<DecidedAction[]>;
  /** Before the first action. @throws BackupError where the destination cannot take it all */
  prepare(plan: RestorePlan): Promise<void>;
  /** What a killed run had begun. */
  removeUnfinished(upload: UnfinishedUpload): Promise<void>;
  /** @throws BackupError for what stands against this one key; anything else is a fault */
  carryOut(action: DecidedAction): Promise<Outcome>;
}

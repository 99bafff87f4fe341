/** Where a restore goes: what differs there is decided and carried out key by key. A bucket or a directory. */
import type { Entry } from '../index/entry.ts';
import type { DecidedAction } from './plan.ts';

/** What became of an action. */
export type Outcome =
  { outcome: 'copied'; bytes: number } | { outcome: 'undeleted' } | { outcome: 'deleted' };

export interface RestoreTarget {
  /** Names the destination unlike any other, for the journal and the lock. */
  readonly identity: string;
  /**
   * Batches of what is due, every key once.
   * @param entries of the snapshot, by key
   */
  decide(entries: AsyncIterable<readonly Entry[]>): AsyncIterable<DecidedAction[]>;
  /** @throws BackupError for what stands against this one key; anything else is a fault */
  carryOut(action: DecidedAction): Promise<Outcome>;
}

/** Files that somebody may still be writing: a watch leaves them alone until they are quiet (trap 31). */
import type { Clock } from '../clock.ts';
import type { Feed, SyncOptions } from './site-sync.ts';
import type { SourceEntry } from './source.ts';
import type { Tally } from './tally.ts';

/** Whether an entry is to be left alone for now; whoever asked for that is told. */
export type IsBusy = (entry: Pick<SourceEntry, 'key' | 'changedMs'>) => boolean;

export function busyIn(feed: Feed, { quiet }: SyncOptions, clock: Clock, tally: Tally): IsBusy {
  if (quiet === undefined) return () => false;
  return ({ key, changedMs }) => {
    if (changedMs <= clock.nowMs() - quiet.forMs) return false;
    if (quiet.isJudged?.(feed, key, changedMs) === true) return false;
    tally.deferred += 1;
    quiet.onDeferred(feed, key);
    return true;
  };
}

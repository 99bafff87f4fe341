/**
 * What a source of a feed meets, told to the tally with whole keys. What was there at one moment and not at another is told to whoever watches, too:
 * nothing was done about it, and if it was in a folder that nobody watched at that moment, no event tells of it either.
 */
import type { Feed, SyncOptions } from './site-sync.ts';
import type { SourceProblem, SourceWatch } from './source.ts';
import type { Tally } from './tally.ts';

const passing: readonly string[] = ['VANISHED', 'CAME_BACK'];

export function reportOf(feed: Feed, { quiet }: SyncOptions, tally: Tally): SourceWatch {
  const whole = (problem: SourceProblem): SourceProblem => ({ ...problem, key: feed.prefix + problem.key });
  return {
    unreadable: (problem) => tally.unreadable(whole(problem)),
    failed: (problem) => tally.failed(whole(problem)),
    skipped: (problem) => {
      tally.skipped(whole(problem));
      if (passing.includes(problem.code)) quiet?.onDeferred(feed, problem.key);
    },
  };
}

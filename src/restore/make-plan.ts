/** Writes the plan to a file before the first action: a listing that fails half-way changes nothing, and memory stays small. */
import type { Entry } from '../index/entry.ts';
import type { Observer } from '../observer.ts';
import type { Spool } from '../spool.ts';
import { Estimate } from './estimate.ts';
import type { RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import type { DecideOptions, RestoreTarget } from './target.ts';
import { isArchiveClass } from './thaw.ts';

type Counts = Omit<RestorePlan, 'estimate'>;

interface PlanDependencies {
  observer: Observer;
  signal: AbortSignal;
}

/**
 * @param plan gets every action but `same`
 * @param keys about how many there will be
 * @throws what the listing and the index throw
 */
export async function makePlan(
  plan: Spool<DecidedAction>,
  entries: AsyncIterable<readonly Entry[]>,
  keys: number,
  target: RestoreTarget,
  options: RestoreOptions & DecideOptions,
  { observer, signal }: PlanDependencies,
): Promise<RestorePlan> {
  const counts: Counts = { copy: 0, undelete: 0, within: 0, same: 0, extra: 0, thaw: 0, bytes: 0 };
  const estimate = new Estimate(target.route, options);
  let done = 0;
  for await (const actions of target.decide(entries, options)) {
    signal.throwIfAborted();
    for (const action of actions) {
      count(counts, action);
      estimate.add(action);
    }
    await plan.add(actions.filter((action) => action.action !== 'same'));
    done += actions.length;
    observer.progress({ phase: 'planning', done, unit: 'keys', total: keys });
  }
  await plan.flush();
  return { ...counts, estimate: estimate.estimate() };
}

function count(counts: Counts, action: DecidedAction): void {
  if (action.action === 'extra') counts.extra += 1;
  else if (action.action === 'same') counts.same += 1;
  else {
    counts.copy += 1;
    if (action.action === 'undelete') counts.undelete += 1;
    else {
      counts.bytes += action.entry.sizeBytes;
      if (action.within === true) counts.within += 1;
      if (isArchiveClass(action.entry.storageClass)) counts.thaw += 1;
    }
  }
}

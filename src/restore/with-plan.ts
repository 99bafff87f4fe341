import type { Manifest } from '../index/manifest.ts';
import { entriesOf } from '../index/reader.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { Spool } from '../spool.ts';
import { withoutTagged } from './exclude-tags.ts';
import { makePlan } from './make-plan.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import { keyFilter, selected } from './selection.ts';
import type { DecideOptions, RestoreTarget } from './target.ts';

/** Makes the plan, in a file that is gone afterwards, and hands it to `work`. */
export async function withPlan<T>(
  manifest: Manifest,
  target: RestoreTarget,
  options: RestoreOptions & DecideOptions,
  dependencies: RestoreDependencies,
  work: (plan: Spool<DecidedAction>, counts: RestorePlan) => Promise<T>,
): Promise<T> {
  const { repository, snapshotsDir, clock } = dependencies;
  const name = `restore-${options.snapshot}-${process.pid}-${clock.nowMs()}`;
  const plan = await Spool.create<DecidedAction>(snapshotsDir, name);
  try {
    const prefix = narrowerPrefix(manifest.prefix, options.prefix);
    const named = selected(entriesOf(manifest, repository.ranges, { prefix }), keyFilter(options));
    const entries = withoutTagged(named, options.excludeTags ?? [], options.concurrency, dependencies);
    return await work(plan, await makePlan(plan, entries, manifest.keys, target, options, dependencies));
  } finally {
    await plan.remove();
  }
}

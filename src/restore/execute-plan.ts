/** Carries a plan out to its end: all that can be done now, and, where it was asked for, what has to be thawed before. */
import { Spool } from '../spool.ts';
import { executeActions, type Executed, type Execution } from './execute.ts';
import type { DecidedAction } from './plan.ts';

/** Places of the plan that are worked on in turns. */
const places = 32;
/** Between two looks at what is being thawed; ever longer, as a thaw takes minutes or two days. */
const firstLookMs = 5_000;
const lastLookMs = 15 * 60_000;
const growth = 1.5;

/** @throws as `executeActions` */
export async function executePlan(
  plan: Spool<DecidedAction>,
  given: Omit<Execution, 'executed' | 'onThawing'>,
): Promise<Executed & { thawing: number }> {
  const { dependencies, options } = given;
  const { snapshotsDir, clock, observer, signal } = dependencies;
  const executed: Executed = { copied: 0, undeleted: 0, deleted: 0, bytes: 0 };
  let due = plan;
  for (let round = 0; ; round++) {
    const name = `restore-${options.snapshot}-${process.pid}-${clock.nowMs()}-thawing-${round}`;
    const thawing = await Spool.create<DecidedAction>(snapshotsDir, name);
    let count = 0;
    const onThawing = async (action: DecidedAction): Promise<void> => {
      count += 1;
      await thawing.add([action]);
    };
    try {
      await executeActions(due.itemsFromAllOver(places), { ...given, executed, onThawing });
      await thawing.flush();
    } catch (error) {
      await thawing.remove();
      throw error;
    } finally {
      if (due !== plan) await due.remove();
    }
    if (count === 0 || options.wait !== true) {
      await thawing.remove();
      return { ...executed, thawing: count };
    }
    due = thawing;
    const delayMs = Math.min(lastLookMs, firstLookMs * growth ** round);
    observer.log.info('waiting for archived versions to be thawed', { versions: count, nextLookMs: delayMs });
    try {
      await clock.sleep(delayMs, signal);
    } catch (error) {
      await due.remove();
      throw error;
    }
  }
}

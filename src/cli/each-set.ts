/** Runs a command for every chosen set in turn: one set's failure does not stop the others. */
import type { BackupSet } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { exitCodes, worseExitCode } from '../exit-codes.ts';
import { chosenSets, type Context } from './context.ts';
import { toReported } from './report-error.ts';

/**
 * With one set its result; with several a list, in which a set that failed has an `error`.
 * The process ends with the worst exit code of all sets.
 * @throws what the only set throws; with several only the user's interrupt
 */
export async function forEachSet<T>(
  context: Context,
  name: string | undefined,
  work: (set: BackupSet) => Promise<T>,
): Promise<T | (T | { set: string; error: { code: string; message: string; hint: string | null } })[]> {
  const [first, ...others] = chosenSets(context.config, name);
  if (first !== undefined && others.length === 0) return work(first);
  const { run, outcomes } = context;
  const results = [];
  let worst = 0;
  for (const set of context.config.sets) {
    process.exitCode = 0;
    outcomes.begin();
    try {
      const result = await work(set);
      run.partEnded('set', set.name, result);
      outcomes.ended(set.name, result, process.exitCode);
      worst = worseExitCode(worst, process.exitCode);
      results.push(result);
    } catch (error) {
      if (error instanceof BackupError && context.signal.aborted) throw error;
      const { code, message, hint } = toReported(error);
      context.log.error(message, { set: set.name, code });
      outcomes.failed(set.name, error);
      worst = worseExitCode(worst, exitCodes[code]);
      results.push({ set: set.name, error: { code, message, hint: hint ?? null } });
    }
  }
  process.exitCode = worst;
  return results;
}

/** Runs a command for every chosen set in turn: one set's failure does not stop the others. */
import type { BackupSet } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { chosenSets, type Context } from './context.ts';
import { toReported } from './report-error.ts';

/**
 * With one set its result; with several a list, in which a set that failed has an `error`.
 * @throws what the only set throws; with several the worst failure once all have run
 */
export async function forEachSet<T>(
  context: Context,
  name: string | undefined,
  work: (set: BackupSet) => Promise<T>,
): Promise<T | (T | { set: string; error: { code: string; message: string; hint: string | null } })[]> {
  const [first, ...others] = chosenSets(context.config, name);
  if (first !== undefined && others.length === 0) return work(first);
  const results = [];
  for (const set of context.config.sets) {
    try {
      const result = await work(set);
      context.run.setEnded(set.name, result);
      results.push(result);
    } catch (error) {
      if (error instanceof BackupError && context.signal.aborted) throw error;
      const { code, message, hint } = toReported(error);
      context.log.error(message, { set: set.name, code });
      process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodes[code]);
      results.push({ set: set.name, error: { code, message, hint: hint ?? null } });
    }
  }
  return results;
}

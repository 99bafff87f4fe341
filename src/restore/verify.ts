/** Looks at the destination anew after a restore: whatever a plan would still do is a difference. */
import type { Manifest } from '../index/manifest.ts';
import type { RestoreDependencies, RestoreOptions } from './options.ts';
import type { RestoreTarget } from './target.ts';
import { withPlan } from './with-plan.ts';

export interface RestoreVerification {
  checked: number;
  different: number;
  /** The first 10,000. */
  differences: { key: string; versionId: string | null; problem: 'missing or different' | 'extra' }[];
}

const maxListed = 10_000;

/** @throws what the listing throws */
export async function verifyRestored(
  manifest: Manifest,
  target: RestoreTarget,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<RestoreVerification> {
  const thorough = { ...options, isThorough: true };
  return withPlan(manifest, target, thorough, dependencies, async (plan, counts) => {
    const result: RestoreVerification = { checked: counts.same + counts.copy, different: 0, differences: [] };
    for await (const action of plan.items()) {
      if (action.action === 'extra' && !options.deleteExtra) continue;
      result.different += 1;
      if (result.differences.length >= maxListed) continue;
      result.differences.push(
        action.action === 'extra'
          ? { key: action.key, versionId: null, problem: 'extra' }
          : { key: action.entry.key, versionId: action.entry.versionId, problem: 'missing or different' },
      );
    }
    return result;
  });
}

/** The last step of a sweep, whatever it sweeps: from checked to deleted. */
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { DeleteOutcome } from '../s3/types.ts';
import type { Clock } from '../clock.ts';
import type { GcDependencies } from './options.ts';
import { defaultMargins } from './safety.ts';

/** How old a check is. */
export class CheckAge {
  readonly #clock: Clock;
  readonly #beganMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.nowMs();
  }

  /** It is time to act upon what was found until now. */
  readonly isTimeUp = (): boolean => this.#ageMs() > defaultMargins.checkValidMs / 2;

  /** It is too late to act upon it. */
  isStale(): boolean {
    return this.#ageMs() > defaultMargins.checkValidMs;
  }

  #ageMs(): number {
    return this.#clock.nowMs() - this.#beganMs;
  }
}

/** Whether a write could put another object in the place of one of these: asked as late as can be before they are deleted. */
export async function areOverwritable(
  versions: readonly { versionId: string }[],
  { bucket, signal }: Pick<GcDependencies, 'bucket' | 'signal'>,
): Promise<boolean> {
  if (!versions.some(isNullVersion)) return false;
  return (await bucket.versioning({ signal })) !== 'enabled';
}

export function isNullVersion({ versionId }: { versionId: string }): boolean {
  return versionId === NULL_VERSION_ID;
}

/** One outcome each, in their order; in a dry run what would be. @throws BackupError LOCKED where the lock is lost */
export async function deleteChecked(
  versions: readonly { key: string; versionId: string }[],
  dryRun: boolean,
  { bucket, signal, assertLockHeld }: GcDependencies & { assertLockHeld: () => void },
): Promise<DeleteOutcome[]> {
  if (versions.length === 0) return [];
  if (dryRun) return versions.map(() => ({ status: 'deleted' }));
  assertLockHeld();
  return bucket.deleteVersions(versions, { signal });
}

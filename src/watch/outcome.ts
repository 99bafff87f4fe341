/** What the result of a batch or a comparison says of the store. */
import type { BackupError } from '../errors.ts';
import type { SiteResult } from '../sync/site-sync.ts';

/** The store is away, or does not know us: nothing can be brought, whatever it is, and that may end at any moment. */
export function isOfStore(error: BackupError | undefined): boolean {
  return error?.code === 'S3_UNREACHABLE' || error?.code === 'CREDENTIALS';
}

/** The store has answered: what is the same by what is remembered asks nobody. */
export function hasDone({ uploaded, deleted, tagged }: SiteResult): boolean {
  return uploaded + deleted + tagged > 0;
}

export function isFruitless(result: SiteResult): boolean {
  return result.failed > 0 && result.same === 0 && !hasDone(result);
}

/** What stands against more than the files that failed. */
export function outageOf(result: SiteResult): BackupError | undefined {
  return result.error ?? (hasDone(result) ? undefined : result.away);
}

/**
 * What stands between a plan and its deletions. Each rule names the accident that it is for; none of them keeps anything from being
 * uploaded.
 */
import { BackupError } from '../errors.ts';
import type { SyncOptions } from './site-sync.ts';

export interface DeletionCase {
  /** Of the source, for messages. */
  source: string;
  /** Objects to be deleted or tagged, and files to be deleted. */
  deletions: number;
  /** Of these, what rotation lets go, as it was told to. */
  expected: number;
  /** What has gone in parts since all was compared (part-deletions.ts). */
  before: number;
  /** That the feed had in the destination before that. */
  objects: () => number;
  /** Whether there is nothing in the source, as far as anybody knows. */
  isEmpty: () => boolean;
  unreadableParts: number;
  /** What was there in earlier runs and is not now. */
  missing: readonly string[];
}

/** Fewer may go without a question, however few there are in all. */
const fewDeletions = 10;

/** @throws BackupError REFUSED */
export async function checkDeletions(found: DeletionCase, options: SyncOptions): Promise<void> {
  const { source, deletions, expected, before, unreadableParts, missing } = found;
  if (deletions === 0) return;
  const nothing = `so none of ${deletions} deletions was made`;
  // A folder that cannot be read looks empty.
  if (unreadableParts > 0) {
    throw refused(
      `Parts of ${source} could not be read, ${nothing}.`,
      'Let this user read them, or leave them out with Exclude; then run the command again.',
    );
  }
  // A disk that is not mounted leaves an empty folder.
  if (missing.length > 0 && options.force !== true) {
    throw refused(`${nothingMounted(source, missing)}, ${nothing}.`, mountHint);
  }
  if (options.force !== true && found.isEmpty()) {
    throw refused(
      `There is nothing in ${source}, ${nothing}.`,
      'Look whether that is right; --force deletes all the same.',
    );
  }
  if (options.maxDelete !== undefined && deletions + before > options.maxDelete) {
    const beside = before === 0 ? '' : ` beside ${before} since everything was compared`;
    throw refused(
      `${deletions} deletions are due for ${source}${beside}, more than --max-delete ${options.maxDelete} allows; none was made.`,
      'Look at them with --dry-run, and raise --max-delete.',
    );
  }
  // Somebody moved or emptied a folder by mistake.
  const unexpected = deletions - expected + before;
  if (deletions === expected || unexpected <= fewDeletions || options.confirm === undefined) return;
  const objects = found.objects();
  if (unexpected * 2 <= objects) return;
  const share = { source, deletions: deletions + before, objects };
  if (await options.confirm(share)) return;
  throw refused(
    `${share.deletions} of ${objects} objects of ${source} would be deleted, more than half; none was.`,
    'Look at them with sync --dry-run; with --yes they are deleted.',
  );
}

/**
 * Where nothing is to be deleted, too: nothing of that disk was brought, and a run that ended well would say that it was.
 * @throws BackupError REFUSED
 */
export function checkMounted(source: string, missing: readonly string[], { force }: SyncOptions): void {
  if (missing.length === 0 || force === true) return;
  throw refused(`${nothingMounted(source, missing)}, so what is on it was not brought.`, mountHint);
}

const mountHint =
  'Mount it; or, if that is how it is to be from now on, run sync with --force once. One that comes and goes can be left out with Exclude.';

function nothingMounted(source: string, missing: readonly string[]): string {
  return `Nothing is mounted at ${missing.join(', ')}, where earlier runs found a disk of ${source}`;
}

function refused(message: string, hint: string): BackupError {
  return new BackupError('REFUSED', message, { hint });
}

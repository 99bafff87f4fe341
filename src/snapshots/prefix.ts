import { BackupError } from '../errors.ts';

/**
 * Of two prefixes the longer, where one begins with the other: what a snapshot of a part of the bucket can say about another part.
 * @throws BackupError USAGE where no key can begin with both
 */
export function narrowerPrefix(ofSnapshot: string, asked: string): string {
  if (asked.startsWith(ofSnapshot)) return asked;
  if (ofSnapshot.startsWith(asked)) return ofSnapshot;
  throw new BackupError('USAGE', `The snapshot holds only keys that begin with "${ofSnapshot}".`, {
    hint: `Choose a snapshot of the whole bucket, or a prefix within "${ofSnapshot}".`,
  });
}

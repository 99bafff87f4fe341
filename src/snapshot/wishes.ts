/** What was asked of a snapshot that turns out to exist already. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { setHeld } from '../snapshots/hold.ts';
import type { SnapshotDependencies, SnapshotOptions } from './options.ts';

/**
 * It is held if that was asked for, for that keeps it from gc. What it is called stays as it is, with a warning: others may go by it.
 * @throws BackupError as `setHeld`
 */
export async function applyWishes(
  existing: SnapshotRow,
  { hold, tags, note, acceptShrunk = false }: SnapshotOptions,
  { repository, observer }: Pick<SnapshotDependencies, 'repository' | 'observer'>,
): Promise<void> {
  const { name: snapshot, flags } = existing;
  if (hold && !existing.held) {
    await setHeld([snapshot], true, repository);
    observer.log.info('the snapshot exists already, and is held from now on', { snapshot });
  }
  const hasOthers = Object.entries(tags).some(([name, value]) => existing.tags[name] !== value);
  if (hasOthers || (note !== '' && note !== existing.note))
    observer.log.warn('the snapshot exists already: its tags and its note stay as they are', { snapshot });
  if (acceptShrunk && flags.length > 0)
    observer.log.warn('the snapshot exists already, and stays flagged: take another one, without --at', {
      snapshot,
    });
}

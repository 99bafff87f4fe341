/**
 * Use case: holds snapshots, so that they are never obsolete, or releases them. The manifest is changed first, as it is the
 * truth: a run that is killed before the row follows is mended by running it again.
 */
import { BackupError } from '../errors.ts';
import type { Manifest } from '../index/manifest.ts';
import type { SnapshotRepository } from './repository.ts';

/**
 * The lock is a shared one: it keeps gc away, which may be deleting the manifest, but does not wait for a snapshot that
 * takes an hour. Two runs of this kind may not be beside each other, as each writes back a manifest that it has read.
 * @param names of snapshots that exist; one that is named twice is done once
 * @returns the names, each once
 * @throws BackupError LOCKED; REFUSED for holding what gc has begun to delete, before anything was changed; INDEX_DAMAGED
 */
export async function setHeld(
  names: readonly string[],
  held: boolean,
  repository: SnapshotRepository,
): Promise<string[]> {
  const lock = repository.lock('shared', 'hold or release', { isUnique: true });
  try {
    const unique = [...new Set(names)];
    const manifests = [];
    for (const name of unique) manifests.push(await repository.read(name));
    if (held) refuseDeleting(manifests, repository);
    for (const manifest of manifests) {
      if (manifest.held !== held) await repository.manifests.replace({ ...manifest, held });
      repository.catalogue.setHeld(manifest.snapshot, held);
    }
    return unique;
  } finally {
    lock.release();
  }
}

/** Deletion begins with the row: a gc that was killed there may not have come to the manifest. */
function refuseDeleting(manifests: readonly Manifest[], { catalogue }: SnapshotRepository): void {
  const rows = catalogue.list().filter((row) => row.state === 'deleting');
  const deleting = new Set(rows.map((row) => row.name));
  for (const { snapshot, state } of manifests) {
    if (state === 'deleting' || deleting.has(snapshot)) throw tooLate(snapshot);
  }
}

function tooLate(name: string): BackupError {
  return new BackupError('REFUSED', `gc has begun to delete snapshot ${name}: it cannot be held any more.`, {
    hint: `What is left of it can be restored with "restore ${name} --force", until the next gc.`,
  });
}

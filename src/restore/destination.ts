/** Opens what a restore goes into, and refuses what would lose something there. */
import { resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { bucketIdentity, BucketTarget } from './bucket-target.ts';
import { DirectoryTarget } from './directory-target.ts';
import type { RestoreJournal } from './journal.ts';
import type { BucketDependencies, RestoreDependencies, RestoreOptions } from './options.ts';
import { SafeFolder } from './safe-folder.ts';
import type { RestoreTarget } from './target.ts';

export interface OpenedDestination {
  /** Names the destination unlike any other, for the journal and the lock. */
  identity: string;
  /** For the result. */
  shown: { bucket: string } | { directory: string };
  /** @param prefix of the snapshot's keys that are asked for */
  targetWith: (journal: RestoreJournal | undefined, prefix: string) => RestoreTarget;
}

/** @throws BackupError REFUSED, BUCKET_MISSING, CONFIG_INVALID, USAGE */
export async function openDestination(
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<OpenedDestination> {
  const { destination } = dependencies;
  if ('directory' in destination) return openDirectory(destination.directory, options, dependencies);
  const toBucket: BucketDependencies = { ...dependencies, destination };
  const isThere = await makeWhereMissing(options, toBucket);
  if (isThere) await checkVersioning(options, toBucket);
  return {
    identity: bucketIdentity(destination),
    shown: { bucket: destination.name },
    targetWith: (journal, prefix) =>
      new BucketTarget(options, toBucket, journal, { prefix, isMissing: !isThere }),
  };
}

async function openDirectory(
  path: string,
  options: RestoreOptions,
  dependencies: RestoreDependencies,
): Promise<OpenedDestination> {
  if (options.deleteExtra) {
    throw new BackupError(
      'USAGE',
      '--delete-extra does not go with --to-dir: files would be gone for good.',
      {
        hint: 'Restore into an empty directory, or leave --delete-extra out.',
      },
    );
  }
  const folder = await SafeFolder.open(resolve(path), !options.dryRun);
  return {
    identity: `directory ${folder.root}`,
    shown: { directory: folder.root },
    targetWith: (journal) => new DirectoryTarget(folder, options, dependencies, journal),
  };
}

/** @returns whether it is there now; a dry run makes none */
async function makeWhereMissing(
  { dryRun }: RestoreOptions,
  { destination, observer }: BucketDependencies,
): Promise<boolean> {
  if (await destination.exists()) return true;
  const where = { bucket: destination.name, region: destination.region };
  if (dryRun)
    observer.log.warn('the destination is missing: the restore would make it, with versioning on', where);
  else {
    await destination.create();
    observer.log.warn('the destination was missing: made it, with versioning on', where);
  }
  return !dryRun;
}

async function checkVersioning(
  { deleteExtra, force }: RestoreOptions,
  { destination, observer }: BucketDependencies,
): Promise<void> {
  if ((await destination.versioning()) === 'enabled') return;
  if (deleteExtra && !force) {
    throw new BackupError(
      'REFUSED',
      `Versioning is not on in bucket ${destination.name}: --delete-extra would delete objects there for good.`,
      { hint: 'Switch versioning on, leave --delete-extra out, or add --force.' },
    );
  }
  observer.log.warn('versioning is not on in the destination: what the restore overwrites there is gone', {
    bucket: destination.name,
  });
}

/** Use case: what changed between two snapshots, or between one and what the slave bucket holds now. */
import { BackupError } from '../errors.ts';
import { diffManifests, type Change } from '../index/diff.ts';
import { narrowerPrefix } from '../snapshots/prefix.ts';
import { whileThere } from '../snapshots/while-there.ts';
import { diffWithLive } from './diff-with-live.ts';
import type { DiffDependencies, Side } from './sides.ts';

export type { Change } from '../index/diff.ts';
export type { Side } from './sides.ts';

export interface Diff {
  /** Only keys that begin with it are compared: what both sides cover, and what was asked for. */
  prefix: string;
  /** In the order of their keys. */
  changes: AsyncIterable<Change>;
}

/**
 * What leads from one side to the other. Nothing is read before the changes are asked for, and no lock is held.
 * @throws BackupError USAGE for sides that have no keys in common, or are both `live`; the changes throw INDEX_DAMAGED,
 * SNAPSHOT_UNKNOWN where a snapshot is removed meanwhile, and what a listing throws
 */
export function diff(from: Side, to: Side, prefix: string, dependencies: DiffDependencies): Diff {
  const manifests = [from, to].filter((side) => side !== 'live');
  if (manifests.length === 0) {
    throw new BackupError('USAGE', 'Both sides are live: there is nothing to compare.', {
      hint: 'Give a snapshot for one of them.',
    });
  }
  const covered = manifests.reduce((narrow, manifest) => narrowerPrefix(manifest.prefix, narrow), '');
  const within = narrowerPrefix(covered, prefix);
  const names = manifests.map((manifest) => manifest.snapshot);
  const changes = changesOf(from, to, within, dependencies);
  return { prefix: within, changes: whileThere(names, dependencies.repository, changes) };
}

function changesOf(
  from: Side,
  to: Side,
  prefix: string,
  dependencies: DiffDependencies,
): AsyncIterable<Change> {
  if (from !== 'live' && to !== 'live') {
    return diffManifests(from, to, dependencies.repository.ranges, { prefix });
  }
  return diffWithLive(from, to, prefix, dependencies);
}

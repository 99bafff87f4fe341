/**
 * What a restore has to do, decided per key from the snapshot's entries and the destination's present listing, both
 * sorted and streamed. The cheapest way that is right, in this order: nothing; removing the delete markers that hide the
 * wanted version; a copy of an older version inside the destination; a copy of the source's.
 */
import type { Entry } from '../index/entry.ts';
import { mergeByKey } from '../index/merge.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { ListedVersion } from '../s3/types.ts';
import type { Placed } from './file-names.ts';
import type { HeldKey } from './held-versions.ts';

/** What is due for one key, by its name in the snapshot. */
export type DecidedAction =
  | { action: 'same'; entry: Entry }
  /** `within`: the destination itself holds the wanted version, as an older one. `place`: where in a directory. */
  | { action: 'copy'; entry: Entry; within?: true; place?: Placed }
  /** Delete markers alone hide the wanted version. Their ids, the newest first. */
  | { action: 'undelete'; entry: Entry; markers: string[] }
  /** Current in the destination, not in the snapshot. */
  | { action: 'extra'; key: string; sizeBytes: number };

/** `compare`: same content by etag and size, but another version, so its metadata or tags may differ (trap 14). */
export type Action = DecidedAction | { action: 'compare'; entry: Entry };

export interface PlanRules {
  /** Whether this version of the destination is known to be a copy of the entry. */
  isCopyOf(entry: Entry, current: ListedVersion): boolean;
  /** Whether delete markers may be removed at all. */
  mayUndelete: boolean;
}

/** More markers than this on top of a version are left alone: a copy is then cheaper. */
const maxMarkers = 10;

/**
 * Batches of actions, by key.
 * @param entries of the snapshot, by key
 * @param destination what it holds of each key, under its name in the snapshot, by key
 */
export async function* planActions(
  entries: AsyncIterable<readonly Entry[]>,
  destination: AsyncIterable<readonly HeldKey[]>,
  rules: PlanRules,
): AsyncGenerator<Action[]> {
  for await (const pairs of mergeByKey(entries, destination)) {
    const actions: Action[] = [];
    for (const { key, left: entry, right: held } of pairs) {
      if (entry !== undefined) actions.push(actionFor(entry, held, rules));
      else if (held !== undefined && !held.newest.isDeleteMarker) {
        actions.push({ action: 'extra', key, sizeBytes: held.newest.sizeBytes });
      }
    }
    yield actions;
  }
}

function actionFor(entry: Entry, held: HeldKey | undefined, rules: PlanRules): Action {
  if (held === undefined) return { action: 'copy', entry };
  const current = held.newest;
  if (!current.isDeleteMarker) {
    if (isVersionOf(entry, current)) return { action: 'same', entry };
    if (current.sizeBytes === entry.sizeBytes) {
      if (rules.isCopyOf(entry, current)) return { action: 'same', entry };
      if (current.etag === entry.etag) return { action: 'compare', entry };
    }
  } else if (rules.mayUndelete) {
    const markers = markersAbove(entry, held);
    if (markers !== undefined) return { action: 'undelete', entry, markers };
  }
  if (held.older.some((version) => isVersionOf(entry, version)))
    return { action: 'copy', entry, within: true };
  return { action: 'copy', entry };
}

/** Replication keeps version ids. `null` says nothing: it is overwritten in place (trap 6). */
function isVersionOf(entry: Entry, { versionId, sizeBytes, isDeleteMarker }: ListedVersion): boolean {
  return (
    !isDeleteMarker &&
    versionId === entry.versionId &&
    versionId !== NULL_VERSION_ID &&
    sizeBytes === entry.sizeBytes
  );
}

/** The ids of the markers, where nothing but these is newer than the wanted version. */
function markersAbove(entry: Entry, { newest, older }: HeldKey): string[] | undefined {
  const markers = [newest.versionId];
  for (const version of older) {
    if (isVersionOf(entry, version)) {
      // A `null` marker may be an object by the time it is removed: both have that id (trap 6).
      return markers.includes(NULL_VERSION_ID) ? undefined : markers;
    }
    if (!version.isDeleteMarker || markers.length === maxMarkers) return undefined;
    markers.push(version.versionId);
  }
  return undefined;
}

/**
 * What a restore has to do, decided per key from the snapshot's entries and the destination's present listing, both
 * sorted and streamed.
 */
import type { Entry } from '../index/entry.ts';
import { mergeByKey } from '../index/merge.ts';
import type { ListedVersion, VersionPage } from '../s3/types.ts';

/** What is due for one key, by its name in the snapshot. */
export type DecidedAction =
  | { action: 'same' | 'copy'; entry: Entry }
  /** Current in the destination, not in the snapshot. */
  | { action: 'extra'; key: string; sizeBytes: number };

/** `compare`: same content by etag and size, but another version, so its metadata or tags may differ (trap 14). */
export type Action = DecidedAction | { action: 'compare'; entry: Entry };

/**
 * Batches of actions, by key.
 * @param entries of the snapshot, by key
 * @param destination its current versions under their names in the snapshot, by key
 */
export async function* planActions(
  entries: AsyncIterable<readonly Entry[]>,
  destination: AsyncIterable<readonly ListedVersion[]>,
): AsyncGenerator<Action[]> {
  for await (const pairs of mergeByKey(entries, destination)) {
    const actions: Action[] = [];
    for (const { key, left: entry, right: current } of pairs) {
      if (entry !== undefined) actions.push({ action: actionFor(entry, current), entry });
      else if (current !== undefined) actions.push({ action: 'extra', key, sizeBytes: current.sizeBytes });
    }
    yield actions;
  }
}

function actionFor(entry: Entry, current: ListedVersion | undefined): 'same' | 'compare' | 'copy' {
  if (current === undefined || current.sizeBytes !== entry.sizeBytes) return 'copy';
  // Replication keeps version ids. `null` says nothing: it is overwritten in place (trap 6).
  if (current.versionId === entry.versionId && entry.versionId !== 'null') return 'same';
  return current.etag === entry.etag ? 'compare' : 'copy';
}

/**
 * The current versions of a listing, without delete markers, under their names in the snapshot.
 * @param toPrefix what the destination's keys have before the snapshot's
 */
export async function* currentVersions(
  pages: AsyncIterable<VersionPage>,
  toPrefix: string,
): AsyncGenerator<ListedVersion[]> {
  for await (const page of pages) {
    const current = page.versions.filter((version) => version.isLatest && !version.isDeleteMarker);
    yield toPrefix === ''
      ? current
      : current.map((version) => ({ ...version, key: version.key.slice(toPrefix.length) }));
  }
}

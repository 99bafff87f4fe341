/** Which versions are orphans, by brute force: every moment is tried at which a snapshot could be taken. */
import type { HeldVersion } from '../../src/s3-embedded/index.ts';
import type { SafetyMargins } from '../../src/gc/safety.ts';
import { identityOf } from './identity.ts';
import type { SnapshotOnDisk } from './index-on-disk.ts';

/** Short ones, as histories are. */
export const modelMargins: SafetyMargins = {
  minimumAgeMs: 1000,
  checkValidMs: 60_000,
  orphanMinimumAgeMs: 3_600_000,
  markerMinimumAgeMs: 86_400_000,
};

/**
 * Their identities.
 * @param versions of a bucket, those of a key together, the newest first
 * @param index all snapshots
 * @param kept names of those that stay
 */
export function orphansOf(
  versions: readonly HeldVersion[],
  index: readonly SnapshotOnDisk[],
  kept: ReadonlySet<string>,
  nowMs: number,
): Set<string> {
  const named = new Set(index.flatMap(({ entries }) => entries.map(identityOf)));
  const covering = index.filter(
    ({ name, state, flags, asOfMs }) =>
      kept.has(name) && state === 'complete' && flags.length === 0 && asOfMs <= nowMs,
  );
  const orphans = new Set<string>();
  for (const [key, ofKey] of Map.groupBy(versions, (version) => version.key)) {
    const newestMs = Math.max(
      ...covering.filter(({ prefix }) => key.startsWith(prefix)).map(({ asOfMs }) => asOfMs),
    );
    const horizonMs = Math.min(newestMs, nowMs - modelMargins.orphanMinimumAgeMs);
    const snapshotsMs = index.filter(({ prefix }) => key.startsWith(prefix)).map(({ asOfMs }) => asOfMs);
    const needed = neededFrom(horizonMs, snapshotsMs, ofKey);
    for (const [place, version] of ofKey.entries()) {
      const identity = identityOf(version);
      if (version.isDeleteMarker) {
        const markersMs = Math.min(newestMs, nowMs - modelMargins.markerMinimumAgeMs);
        const hidesNothing = ofKey.slice(place).every(({ isDeleteMarker }) => isDeleteMarker);
        if (hidesNothing && secondOf(version) <= markersMs) orphans.add(identity);
      } else if (!needed.has(identity) && !named.has(identity) && secondOf(version) <= horizonMs) {
        orphans.add(identity);
      }
    }
  }
  return orphans;
}

/** What is current now, or would be named by a snapshot of any moment from then on, or of the moments of those that there are. */
function neededFrom(
  horizonMs: number,
  snapshotsMs: readonly number[],
  ofKey: readonly HeldVersion[],
): Set<string> {
  const moments = [
    horizonMs,
    ...snapshotsMs,
    ...ofKey.map(secondOf).filter((secondMs) => secondMs >= horizonMs),
  ];
  const shown = moments.map((momentMs) => ofKey.find((version) => secondOf(version) <= momentMs));
  return new Set([ofKey[0], ...shown].filter((version) => version !== undefined).map(identityOf));
}

function secondOf({ lastModifiedMs }: HeldVersion): number {
  return Math.floor(lastModifiedMs / 1000) * 1000;
}

/**
 * What stands between a marked version and its deletion, whatever the index says. A deletion cannot be undone, so each rule is
 * checked against the bucket itself, right before.
 *
 * Never deleted:
 * - the current version of a key: somebody may have deleted what was above it, and an older one would surface (trap 12);
 * - a delete marker that hides something: without the newest one the key would be back (trap 12). No candidate is one, and none is
 *   taken for one; among orphans are those that have nothing beneath them (orphans/key-history.ts);
 * - a `null` version whose size, etag or time are not those of the index: it was overwritten in place, and is another
 *   object (trap 6);
 * - a `null` version while versioning is suspended: a write between the check and the deletion would put a new object under its
 *   id, and the deletion would hit that one. While versioning is on, no write touches a `null` version (trap 6);
 * - a version under a lock: the server refuses, and the refusal is reported (trap 13);
 * - a version younger than `minimumAgeMs`;
 * - a version whose witness is gone, unless a look into every kept snapshot has not found it (candidates.ts);
 * - an orphan that could be current at any moment from the newest snapshot on, or whose key no snapshot covers.
 *
 * One race is left, because S3 has no condition for it: who deletes a newer version by hand, between the check and the deletion, makes
 * the version current that is about to go. Ordinary writes and deletes only make versions less current, and do no harm.
 */
import type { Candidate } from './candidates.ts';
import { isSameVersion } from '../index/version-identity.ts';
import type { ListedVersion } from '../s3/types.ts';

export interface SafetyMargins {
  /**
   * No version is deleted that is younger, by the server's clock. The race: listings tell time to the second, so within
   * that second what is above a version and what below is still being decided (trap 3), and a store may list a write a moment late.
   */
  minimumAgeMs: number;
  /**
   * What a check found is acted upon within this time, or checked again. The race: a machine that is suspended, or a server that
   * answers after minutes, between the check and the deletion, while people undelete keys.
   */
  checkValidMs: number;
  /**
   * What no snapshot names is deleted only where it had been superseded for so long, and before the newest snapshot too. The race: a
   * replica or a multipart upload arrives under the time at which it was begun, beneath what was written meanwhile (traps 1 and
   * 2): it is history at once, and this is the time in which somebody may still miss it.
   */
  orphanMinimumAgeMs: number;
  /**
   * A delete marker with nothing beneath it goes only when it is so old. The race: the replica of what was deleted arrives after the
   * replica of its marker, and without the marker it would be current (traps 2 and 9).
   */
  markerMinimumAgeMs: number;
}

const dayMs = 86_400_000;

export const defaultMargins: SafetyMargins = {
  minimumAgeMs: 1000,
  checkValidMs: 60_000,
  orphanMinimumAgeMs: dayMs,
  markerMinimumAgeMs: 7 * dayMs,
};

/**
 * `deletable`: there, and no rule stands against it. `current`: the current version of its key. `young`, `overwritable`: for the
 * next gc. `missing`: gone already, or another object by now.
 */
export type Finding = 'deletable' | 'current' | 'young' | 'overwritable' | 'missing';

/** What the bucket says of a candidate. */
export interface Checked {
  finding: Finding;
  /** As it is by now: lifecycle rules move noncurrent versions. Of `deletable` ones. */
  storageClass?: string;
  /** The version that proves the candidate to be in no other snapshot is there, too. */
  isWitnessed?: boolean;
}

/**
 * What a version that is listed under the candidate's key means for the candidate; undefined where it is another one.
 * @param bornUpToMs younger versions stay
 */
export function findingFor(
  candidate: Candidate,
  listed: ListedVersion,
  bornUpToMs: number,
): Checked | undefined {
  if (listed.isDeleteMarker || !isSameVersion(candidate, listed)) return undefined;
  if (listed.isLatest) return { finding: 'current' };
  if (listed.lastModifiedMs > bornUpToMs) return { finding: 'young' };
  return { finding: 'deletable', storageClass: listed.storageClass };
}

/** @param listed under the key of the candidate */
export function isWitness({ witness }: Candidate, listed: ListedVersion): boolean {
  return witness !== undefined && listed.versionId === witness && !listed.isDeleteMarker;
}

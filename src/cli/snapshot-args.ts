/** Arguments that name snapshots. */
import { Args } from '@oclif/core';
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Clock } from '../clock.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { parseTime } from './times.ts';

const description = 'A name, a unique beginning of one, latest, or @TIME.';

export const snapshotArg = Args.string({ description, required: true });

export const snapshotsArg = Args.string({ description, required: true, multiple: true });

/** @throws BackupError SNAPSHOT_UNKNOWN, SNAPSHOT_AMBIGUOUS, USAGE for a time that is none */
export function findSnapshot(
  repository: SnapshotRepository,
  bucket: string,
  reference: string,
  clock: Clock,
): SnapshotRow {
  return repository.find(bucket, reference, (text) => parseTime(text, clock.nowMs()));
}

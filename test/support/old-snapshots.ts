/** Writes snapshot files as the program of 2015 did: indented JSON, contents by folder in no order, gzip under `.Z`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface OldVersion {
  key: string;
  versionId: string;
  sizeBytes: number;
  lastModifiedMs: number;
}

export interface OldSnapshotForm {
  isPacked?: boolean;
  /** Earlier builds of that program wrote the other one. */
  idField?: 'VersionID' | 'VersionId';
}

/** Where the old program ran: `-0500CDT`. */
const offsetMs = -5 * 3_600_000;

/** @returns the name of the file, without `.Z` */
export function writeOldSnapshot(
  folder: string,
  timeMs: number,
  versions: readonly OldVersion[],
  { isPacked = false, idField = 'VersionID' }: OldSnapshotForm = {},
): string {
  const name = oldNameOf(timeMs);
  const document = {
    File: join('/var/lib/old', name),
    Timestamp: oldTime(timeMs).replace('-05:00', '.123456789-05:00'),
    Contents: versions.map((each) => ({
      Key: each.key,
      LastModified: oldTime(each.lastModifiedMs),
      Size: each.sizeBytes,
      [idField]: each.versionId,
    })),
  };
  // Go writes these three as escapes.
  const text = JSON.stringify(document, null, 4).replace(
    /[<>&]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  if (isPacked) writeFileSync(join(folder, `${name}.Z`), gzipSync(text));
  else writeFileSync(join(folder, name), text);
  return name;
}

export function oldNameOf(timeMs: number): string {
  const local = new Date(timeMs + offsetMs).toISOString();
  return `${local.slice(0, 19).replaceAll(/[-:T]/g, '')}-0500CDT`;
}

/** To the second, in local time. */
function oldTime(timeMs: number): string {
  return `${new Date(timeMs + offsetMs).toISOString().slice(0, 19)}-05:00`;
}

/** Entries that are objects, as the table that ranges are written from. */
import { BOUNDS_PER_ROW, viewOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from './entry.ts';

/** @throws BackupError LISTING_INVALID for a text with a lone surrogate: it has no UTF-8 form, so it could not come back */
export function tabulate(entries: readonly Entry[]): EntryTable {
  const bounds = new Int32Array(entries.length * BOUNDS_PER_ROW);
  const texts = entries.flatMap(({ key, versionId, etag, storageClass }) => [
    key,
    versionId,
    etag,
    storageClass,
  ]);
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    if (!text.isWellFormed()) throw illFormed(text);
    bounds[2 * index] = at;
    at += bytes.write(text, at);
    bounds[2 * index + 1] = at;
  }
  return {
    bytes,
    bounds,
    view: viewOf(bytes),
    sizesBytes: Float64Array.from(entries, ({ sizeBytes }) => sizeBytes),
    lastModifiedMs: Float64Array.from(entries, ({ lastModifiedMs }) => lastModifiedMs),
    mayNeedEscapes: new Uint8Array(entries.length).fill(1),
  };
}

function illFormed(text: string): BackupError {
  return new BackupError(
    'LISTING_INVALID',
    `${JSON.stringify(text)} is not well-formed Unicode, which S3 keys are`,
    { hint: 'The server sent a key that is no UTF-8. Rename or delete that object.' },
  );
}

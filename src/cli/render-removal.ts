import type { GcResult } from '../gc/remove-snapshots.ts';
import { countOf, formatBytes, formatCount, printable } from '../ui/format.ts';

/** What gc or delete-snapshot did, or would do. */
export function renderRemoval(result: GcResult): string {
  const { removed, kept, versions, bytesFreed, rangesDeleted, dryRun, failures } = result;
  const lines = kept.map(({ snapshot, reasons }) => `Keep ${snapshot}: ${reasons.join('; ')}`);
  for (const snapshot of removed) lines.push(`${dryRun ? 'Would remove' : 'Removed'} ${snapshot}`);
  for (const { key, versionId, code, message } of failures) {
    lines.push(`Not deleted: ${printable(key)} (version ${versionId}): ${code}: ${printable(message)}`);
  }
  lines.push(
    `${dryRun ? 'Would delete' : 'Deleted'} ${countOf(versions.deleted, 'version')} (${formatBytes(bytesFreed)}) ` +
      `of ${formatCount(versions.candidates)} marked: ${formatCount(versions.current)} are current, ` +
      `${formatCount(versions.missing)} gone already, ${formatCount(versions.locked)} locked, ${formatCount(versions.failed)} failed; ` +
      `${countOf(rangesDeleted, 'range')} of the index.`,
  );
  if (dryRun) lines.push('Dry run: nothing was changed.');
  return lines.join('\n');
}

import type { OrphanCounts } from '../gc/orphans/sweep.ts';
import type { GcResult } from '../gc/remove-snapshots.ts';
import { countOf, formatBytes, formatCount, printable } from '../ui/format.ts';

/** What gc or delete-snapshot did, or would do. */
export function renderRemoval(result: GcResult): string {
  const { removed, kept, versions, orphans, rangesDeleted, dryRun, mark } = result;
  const lines = kept.map(({ snapshot, reasons }) => `Keep ${snapshot}: ${reasons.join('; ')}`);
  for (const snapshot of removed) lines.push(`${dryRun ? 'Would remove' : 'Removed'} ${snapshot}`);
  lines.push(...failureLines(result));
  const verb = dryRun ? 'Would delete' : 'Deleted';
  const marked = `${countOf(versions.deleted, 'version')} of ${formatCount(versions.candidates)} marked`;
  const ranges = `${countOf(rangesDeleted, 'range')} of the index`;
  lines.push(`${verb} ${marked}${exceptions(versions)}, and ${ranges}.`);
  if (orphans !== null) lines.push(`${verb} ${renderOrphans(orphans)}`);
  lines.push(...renderSavings(result));
  if (dryRun)
    lines.push(
      `Dry run: nothing was changed. marks/${mark}.ndjson in SnapshotsDir lists the versions marked.`,
    );
  return lines.join('\n');
}

/** `--json` has more. */
const maxShown = 50;

function failureLines({ failures, versions, orphans }: GcResult): string[] {
  const lines = failures
    .slice(0, maxShown)
    .map(
      ({ key, versionId, code, message }) =>
        `Not deleted: ${printable(key)} (version ${versionId}): ${code}: ${printable(message)}`,
    );
  const left = versions.locked + versions.failed + (orphans?.locked ?? 0) + (orphans?.failed ?? 0);
  if (left > lines.length) lines.push(`Not deleted: ${formatCount(left - lines.length)} more.`);
  return lines;
}

function renderOrphans(counts: OrphanCounts): string {
  const { listed, candidates, deleted, deleteMarkers } = counts;
  return (
    `${countOf(deleted, 'orphan')} of ${formatCount(candidates)} marked among ${formatCount(listed)} versions and delete markers${exceptions(counts)}: ` +
    `${countOf(deleted - deleteMarkers, 'version')}, ${countOf(deleteMarkers, 'delete marker')}.`
  );
}

const exceptionTexts = {
  current: 'current',
  kept: 'named by a kept snapshot',
  spared: 'spared by the check',
  young: 'too young',
  overwritable: 'that could be overwritten',
  missing: 'gone already',
  locked: 'locked',
  failed: 'failed',
} as const;

/** What became of the marked versions that were not deleted, as far as there are any. */
function exceptions(counts: Partial<Record<keyof typeof exceptionTexts, number>>): string {
  const texts = Object.entries(exceptionTexts).flatMap(([name, text]) => {
    const count = counts[name as keyof typeof exceptionTexts] ?? 0;
    return count === 0 ? [] : [`${formatCount(count)} ${text}`];
  });
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function renderSavings({ bytesFreed, savings, dryRun }: GcResult): string[] {
  if (bytesFreed === 0) return [];
  const { dollarsPerMonth, basis, billedOn } = savings;
  const lines = [
    `${dryRun ? 'That would free' : 'That freed'} ${formatBytes(bytesFreed)}. Estimate: ${dollars(dollarsPerMonth)} a month saved (${basis}).`,
  ];
  if (billedOn.versions > 0) {
    lines.push(
      `Estimate: ${countOf(billedOn.versions, 'version')} (${formatBytes(billedOn.bytes)}) stored for less than the minimum of the storage class: ` +
        `billed for up to ${countOf(billedOn.days, 'day')} more, about ${dollars(billedOn.dollars)}.`,
    );
  }
  return lines;
}

function dollars(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'less than $0.01' : `$${amount.toFixed(2)}`;
}

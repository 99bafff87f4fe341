import type { RestoreResult } from '../restore/restore.ts';
import { countOf, formatBytes, formatCount, formatDuration, printable } from '../ui/format.ts';

/** Failures and differences on the screen; the files and `--json` have more. */
const maxShown = 50;

/** What a restore did, or would do. */
export function renderRestore(result: RestoreResult, deleteExtra: boolean): string {
  const lines = [planLine(result, deleteExtra), ...estimateLines(result)];
  if (result.dryRun) return [...lines, 'Dry run: nothing was changed.'].join('\n');
  if (result.resumed !== null) {
    const { copied } = result.resumed;
    lines.push(`Resumed: an earlier run of this restore had copied ${countOf(copied, 'object')}.`);
  }
  lines.push(...failureLines(result), doneLine(result), ...verificationLines(result));
  if (result.thawing > 0) {
    lines.push(
      `Not yet: ${countOf(result.thawing, 'archived object')} being thawed, which takes up to ${hoursText(result.plan.estimate.thawHours)}. Run the same command again then, or with --wait.`,
    );
  }
  if (result.undoPoint !== null) {
    lines.push(
      `Undo: what was there before is snapshot ${result.undoPoint}; "restore ${result.undoPoint} --delete-extra" brings it back.`,
    );
  }
  return lines.join('\n');
}

function planLine({ plan, snapshot, destination }: RestoreResult, deleteExtra: boolean): string {
  const prefix = destination.prefix === '' ? '' : `/${printable(destination.prefix)}`;
  const where = `${destination.directory ?? destination.bucket}${prefix}`;
  const extra = deleteExtra
    ? `${countOf(plan.extra, 'object')} to delete`
    : `${countOf(plan.extra, 'extra object')} left alone`;
  return (
    `Plan: ${snapshot} into ${where}: ${countOf(plan.copy - plan.undelete, 'object')} to copy (${formatBytes(plan.bytes)}), ` +
    `${countOf(plan.undelete, 'object')} to undelete, ${countOf(plan.same, 'object')} same already, ${extra}.`
  );
}

function estimateLines({ plan, dryRun }: RestoreResult): string[] {
  const { requests, bytesAcrossRegions, thawHours, dollars, basis } = plan.estimate;
  if (!dryRun) return [];
  const lines = [
    `Of the copies, ${formatCount(plan.within)} are made inside the destination; ${formatBytes(bytesAcrossRegions)} cross regions.`,
    `Estimate: ${countOf(requests, 'request')}, $${dollars.toFixed(2)} (${basis}).`,
  ];
  if (plan.thaw > 0)
    lines.push(
      `${countOf(plan.thaw, 'object')} have to be thawed first, which takes up to ${hoursText(thawHours)}.`,
    );
  return lines;
}

function failureLines({ failures, failed, failuresFile }: RestoreResult): string[] {
  const lines = failures.slice(0, maxShown).map(({ key, versionId, code, message }) => {
    const version = versionId === null ? '' : ` (version ${versionId})`;
    return `Failed: ${printable(key)}${version}: ${code}: ${printable(message)}`;
  });
  if (failed > maxShown) lines.push(`Failed: ${formatCount(failed - maxShown)} more.`);
  if (failuresFile !== null) lines.push(`All that failed is listed in ${failuresFile}.`);
  return lines;
}

function doneLine(result: RestoreResult): string {
  return (
    `Restored: ${countOf(result.copied, 'object')} copied (${formatBytes(result.bytes)}), ${formatCount(result.undeleted)} undeleted, ` +
    `${formatCount(result.deleted)} deleted, ${formatCount(result.failed)} failed; ${formatDuration(result.durationMs)}.`
  );
}

function verificationLines({ verification }: RestoreResult): string[] {
  if (verification === null) return [];
  const { checked, different, differences } = verification;
  const lines = differences
    .slice(0, maxShown)
    .map(({ key, problem }) => `Differs: ${printable(key)}: ${problem}`);
  if (different > maxShown) lines.push(`Differs: ${formatCount(different - maxShown)} more.`);
  return [
    ...lines,
    `Verified: ${countOf(checked, 'object')} looked at, ${formatCount(different)} different.`,
  ];
}

function hoursText(hours: number): string {
  return hours < 1 ? `${Math.ceil(hours * 60)} minutes` : countOf(Math.ceil(hours), 'hour');
}

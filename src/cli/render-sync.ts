import type { PlannedChange, SiteResult } from '../sync/site-sync.ts';
import type { SourceProblem } from '../sync/source.ts';
import { countOf, formatBytes, formatCount, formatDuration, printable } from '../ui/format.ts';

/** Of failures, skips and planned changes; `--json` has more. */
const maxShown = 50;

/** What a sync of a site did, or would do. */
export function renderSync(result: SiteResult): string {
  const { site, dryRun, uploaded, bytes, same, deleted, tagged, filesDeleted, skipped, failed } = result;
  const gone = [
    `${formatCount(deleted)} deleted`,
    ...(tagged > 0 ? [`${formatCount(tagged)} tagged as deleted`] : []),
    ...(filesDeleted > 0 ? [`${countOf(filesDeleted, 'file')} deleted here`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} left out`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ];
  const summary = `Site ${site}: ${formatCount(uploaded)} uploaded (${formatBytes(bytes)}), ${formatCount(same)} same, ${gone.join(', ')}; ${formatDuration(result.durationMs)}.`;
  const lines = [...changeLines(result.changes ?? []), ...problemLines(result), summary];
  if (dryRun) lines.push('Dry run: nothing was changed.');
  return lines.join('\n');
}

const verbs: Record<PlannedChange['action'], string> = {
  upload: 'Would upload',
  delete: 'Would delete',
  tag: 'Would tag as deleted',
  'delete-file': 'Would delete here the file of',
};

function changeLines(changes: readonly PlannedChange[]): string[] {
  const lines = changes
    .slice(0, maxShown)
    .map(({ action, bucket, key }) => `${verbs[action]} ${bucket}/${printable(key)}`);
  return shortened(lines, changes.length);
}

function problemLines({ failures, skips }: SiteResult): string[] {
  const line = (what: string, { key, code, message }: SourceProblem): string =>
    `${what}: ${printable(key)}: ${code}: ${printable(message)}`;
  return [
    ...shortened(
      skips.slice(0, maxShown).map((each) => line('Left out', each)),
      skips.length,
    ),
    ...shortened(
      failures.slice(0, maxShown).map((each) => line('Failed', each)),
      failures.length,
    ),
  ];
}

function shortened(lines: string[], count: number): string[] {
  return count > lines.length ? [...lines, `… and ${formatCount(count - lines.length)} more`] : lines;
}

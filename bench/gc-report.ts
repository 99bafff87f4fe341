/** Renders what gc and diff cost. */
import { count, mebibytes, table } from './format.ts';
import type { GcResultOfLayout } from './results.ts';

export function gcSection(results: readonly GcResultOfLayout[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const explanation =
    `The whole command, from its start to its end, its listings of the bucket included; "versions" are those that it would delete, or that differ. ` +
    `Clustered: the changes of a day are in runs of 4,096 neighbours; random: each key is as likely as any other.`;
  const rows = results.flatMap(({ layout, costs }) =>
    costs.map(({ what, found, cpuMs, wallMs, peakBytes, requests }) => [
      `${what} (${layout})`,
      count(found),
      (cpuMs / 1000).toFixed(2),
      (wallMs / 1000).toFixed(2),
      mebibytes(peakBytes),
      count(requests),
    ]),
  );
  const costs = table(['command', 'versions', 'CPU s', 's', 'peak MiB', 'listing requests'], rows);
  const disk = table(
    ['layout', 'one snapshot MiB', `${first.days} snapshots MiB`, 'times one'],
    results.map(({ layout, firstBytes, allBytes }) => [
      layout,
      mebibytes(firstBytes),
      mebibytes(allBytes),
      (allBytes / firstBytes).toFixed(2),
    ]),
  );
  const title = `## gc and diff: ${first.days} daily snapshots of ${count(first.keys)} keys, ${first.churn * 100} % churn a day`;
  return `${title}\n\n${explanation}\n\n${costs}\n\nRanges on disk:\n\n${disk}`;
}

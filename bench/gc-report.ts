/** What gc, diff and deleting cost: the recorded run of ten million keys, and sections of docs/benchmarks.md. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { count, mebibytes, percent, table } from './format.ts';
import type { DeletingResult, GcResultOfLayout } from './results.ts';

export const GC_RECORD_PATH = join(import.meta.dirname, 'recorded', 'gc.json');

export interface GcRecord {
  /** Of the recorded run. */
  startedAt?: string;
  machine?: string;
  gc: GcResultOfLayout[];
}

export function readGcRecord(): GcRecord | undefined {
  if (!existsSync(GC_RECORD_PATH)) return undefined;
  return JSON.parse(readFileSync(GC_RECORD_PATH, 'utf8')) as GcRecord;
}

export function gcSection({ gc: results, startedAt, machine }: GcRecord): string {
  const [first] = results;
  if (first === undefined) return '';
  const recorded =
    results.length > 0 && first.keys >= 10_000_000
      ? `Recorded by \`node bench/gc.ts --record\` on ${startedAt?.slice(0, 10)} on ${machine}. `
      : '';
  const explanation =
    recorded +
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

export function deletingSection(results: readonly DeletingResult[]): string {
  const explanation =
    'Every key was overwritten once, and the snapshot from before goes: gc marks, lists the keys afresh, and deletes. The server, a ' +
    'single process, is the limit where it is busy all the time.';
  const rows = results.map((each) => [
    count(each.versions),
    `${each.workers}`,
    each.cpuMsPer1000.toFixed(1),
    count(each.versionsPerS),
    percent(each.serverShare),
    mebibytes(each.peakBytes),
    count(each.listings),
    count(each.deletions),
  ]);
  const heads = [
    'versions',
    'workers',
    'CPU ms for 1,000',
    'versions/s',
    'server busy',
    'peak MiB',
    'listing requests',
    'DeleteObjects',
  ];
  return `## Deleting versions\n\n${explanation}\n\n${table(heads, rows)}`;
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { parseTags, tagFlag } from '../cli/flags.ts';
import { withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import { listAllBuckets, listSnapshots, type ListedSnapshot } from '../snapshots/list.ts';
import { formatBytes, formatCount, printable } from '../ui/format.ts';
import { renderTable } from '../ui/table.ts';

export default class ListSnapshots extends BaseCommand {
  static override readonly isReadOnly = true;
  static override summary = 'List the restore points.';
  static override description =
    'The oldest first. ALONE is what no other snapshot names: the bytes that removing this one could set free.';
  static override examples = [
    '<%= config.bin %> list-snapshots',
    '<%= config.bin %> list-snapshots --since 7d --json',
  ];

  static override flags = {
    since: Flags.string({ summary: 'Only as-of times from then on.', helpValue: 'TIME' }),
    until: Flags.string({ summary: 'Only as-of times up to then.', helpValue: 'TIME' }),
    tag: tagFlag,
    'all-buckets': Flags.boolean({
      summary: 'Those of other buckets in SnapshotsDir too: of the master, and from before a failover.',
      default: false,
    }),
  };

  async run(): Promise<ListedSnapshot[]> {
    const { flags } = await this.parse(ListSnapshots);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      const nowMs = context.clock.nowMs();
      const time = (text: string | undefined): number | undefined =>
        text === undefined ? undefined : parseTime(text, nowMs);
      const filter = { sinceMs: time(flags.since), untilMs: time(flags.until), tags: parseTags(flags.tag) };
      const rules = { policy: set.retentionPolicy, minimumRedundancy: set.minimumRedundancy, nowMs };
      return withRepository(set, context, {}, async (repository) => {
        const of = flags['all-buckets'] ? undefined : set.slave.bucket;
        const listed =
          of === undefined
            ? await listAllBuckets(repository, set.slave.bucket, rules, filter)
            : await listSnapshots(repository, of, rules, filter);
        context.print(render(listed, set.slave.bucket));
        return listed;
      });
    });
  }
}

function render(listed: readonly ListedSnapshot[], bucket: string): string {
  if (listed.length === 0) return `There is no such snapshot of ${bucket} yet.`;
  const rows = listed.map((each) => ({
    snapshot: each.snapshot,
    keys: formatCount(each.keys),
    size: formatBytes(each.bytes),
    alone: each.exclusiveBytes === null ? '?' : formatBytes(each.exclusiveBytes),
    state: [each.state, ...(each.held ? ['held'] : []), ...each.flags].join(', '),
    policy: `${each.verdict} (${each.reasons.join('; ')})`,
    about: aboutOf(each, bucket),
  }));
  return renderTable(
    [
      { name: 'snapshot', title: 'SNAPSHOT' },
      { name: 'keys', title: 'KEYS', align: 'right' },
      { name: 'size', title: 'SIZE', align: 'right' },
      { name: 'alone', title: 'ALONE', align: 'right' },
      { name: 'state', title: 'STATE' },
      { name: 'policy', title: 'POLICY' },
      { name: 'about', title: 'ABOUT' },
    ],
    rows,
  );
}

function aboutOf({ prefix, tags, note, bucket: of }: ListedSnapshot, bucket: string): string {
  const parts = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  if (prefix !== '') parts.unshift(`prefix ${prefix}`);
  if (note !== '') parts.push(note);
  if (of !== bucket) parts.unshift(`of bucket ${of}`);
  return printable(parts.join('; '));
}

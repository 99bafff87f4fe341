import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { withContext, type Context } from '../cli/context.ts';
import { forEachSet } from '../cli/each-set.ts';
import { concurrencyFlag, parseTags, prefixFlag, tagFlag } from '../cli/flags.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import type { BackupSet } from '../config/config.ts';
import { takeSnapshot, type SnapshotResult } from '../snapshot/take-snapshot.ts';
import { countOf, formatBytes, formatDuration } from '../ui/format.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'Take a restore point of the slave bucket.';
  static override description =
    'Records which version of each key was current at one moment. Meant for cron; run it as often as you want restore points.';
  static override examples = [
    '<%= config.bin %> snapshot',
    '<%= config.bin %> snapshot --tag release=7 --note "before the migration" --hold',
    '<%= config.bin %> snapshot --at "2026-11-20 18:00"',
  ];

  static override flags = {
    at: Flags.string({ summary: 'A past moment instead of now.', helpValue: 'TIME' }),
    prefix: prefixFlag,
    tag: tagFlag,
    note: Flags.string({ summary: 'Free text to remember it by.', helpValue: 'TEXT' }),
    hold: Flags.boolean({ summary: 'Never let it become obsolete.', default: false }),
    concurrency: concurrencyFlag,
    resume: Flags.boolean({
      summary: 'Go on with the newest unfinished snapshot.',
      description: 'Its as-of time, prefix, tags, note and hold stay what they were.',
      default: false,
      exclusive: ['at', 'prefix', 'tag', 'note', 'hold'],
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Snapshot);
    return withContext(flags, (context) =>
      forEachSet(context, flags.set, async (set) => {
        const result = await this.#take(set, context, flags);
        context.report(render(result));
        return result;
      }),
    );
  }

  async #take(
    set: BackupSet,
    context: Context,
    flags: {
      at: string | undefined;
      prefix: string | undefined;
      tag: string[] | undefined;
      note: string | undefined;
      hold: boolean;
      concurrency: number | undefined;
      resume: boolean;
    },
  ): Promise<SnapshotResult> {
    const { clock, observer, signal, config } = context;
    const concurrency = flags.concurrency ?? config.concurrency;
    const options = {
      set: set.name,
      prefix: flags.prefix ?? '',
      atMs: flags.at === undefined ? undefined : parseTime(flags.at, clock.nowMs()),
      tags: parseTags(flags.tag),
      note: flags.note ?? '',
      hold: flags.hold,
      concurrency,
      resume: flags.resume,
    };
    const bucket = await openBucket(set.slave, concurrency, context);
    return withRepository(set, context, { create: true }, (repository) =>
      takeSnapshot(options, { repository, bucket, clock, observer, signal }),
    );
  }
}

function render(result: SnapshotResult): string {
  const { snapshot, bucket, keys, bytes, ranges, durationMs, existing } = result;
  if (existing)
    return `Snapshot ${snapshot} of ${bucket} exists already: ${countOf(keys, 'key')}, ${formatBytes(bytes)}.`;
  return (
    `Snapshot ${snapshot} of ${bucket}: ${countOf(keys, 'key')}, ${formatBytes(bytes)}; ` +
    `${ranges.new} of ${countOf(ranges.total, 'range')} new; ${formatDuration(durationMs)}.`
  );
}

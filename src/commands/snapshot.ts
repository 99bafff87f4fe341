import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import type { Context } from '../cli/context.ts';
import { forEachSet } from '../cli/each-set.ts';
import { concurrencyFlag, parseTags, prefixFlag, tagFlag } from '../cli/flags.ts';
import { Outcomes } from '../cli/outcomes.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { parseTime } from '../cli/times.ts';
import { confirmOnTerminal } from '../cli/confirm.ts';
import { deletionQuestion } from '../cli/sites.ts';
import { syncSites } from '../cli/sync-sites.ts';
import type { BackupSet, Site } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { takeSnapshot, type SnapshotResult } from '../snapshot/take-snapshot.ts';
import type { DeletionShare } from '../sync/site-sync.ts';
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
    at: Flags.string({
      summary: 'A past moment instead of now.',
      description:
        'As far as the bucket still has its versions: before the newest snapshot it can lack what gc or delete-snapshot has deleted.',
      helpValue: 'TIME',
    }),
    prefix: prefixFlag,
    tag: tagFlag,
    note: Flags.string({ summary: 'Free text to remember it by.', helpValue: 'TEXT' }),
    hold: Flags.boolean({ summary: 'Never let it become obsolete.', default: false }),
    'accept-shrunk': Flags.boolean({
      summary: 'Take few keys, or none, for right, after a look at the bucket.',
      description:
        'A snapshot with fewer than half of the keys of the newest one before it that is not flagged is flagged itself, and gc refuses while it is the newest. This one is not flagged, and those after it are compared with it.',
      default: false,
    }),
    concurrency: concurrencyFlag,
    'sync-first': Flags.boolean({
      summary: 'Sync the sites that bring things into the slave bucket first.',
      description:
        'Where replication is not to be had. Without a snapshot where a site cannot be synced; where single objects fail, the snapshot is taken and tagged sync=partial.',
      default: false,
      exclusive: ['at', 'resume'],
    }),
    resume: Flags.boolean({
      summary: 'Go on with the newest unfinished snapshot.',
      description: 'Its as-of time, prefix, tags, note and hold stay what they were.',
      default: false,
      exclusive: ['at', 'prefix', 'tag', 'note', 'hold'],
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Snapshot);
    const take = async (set: BackupSet, context: Context): Promise<SnapshotResult> => {
      const result = await this.#take(set, context, flags);
      context.report(render(result));
      return result;
    };
    const takeEach = (context: Context): Promise<unknown> => {
      const isAnySet = flags.set === undefined && context.config.sets.length > 1;
      if (flags.resume && isAnySet) return resumeAny(context, take);
      return forEachSet(context, flags.set, (set) => take(set, context));
    };
    return this.inContext(flags, takeEach, goOnHint);
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
      'accept-shrunk': boolean;
      concurrency: number | undefined;
      resume: boolean;
      'sync-first': boolean;
    },
  ): Promise<SnapshotResult> {
    const { clock, observer, signal, config } = context;
    const concurrency = flags.concurrency ?? config.concurrency;
    const isPartial = flags['sync-first'] && !(await syncInto(set, context, flags.concurrency));
    const options = {
      set: set.name,
      prefix: flags.prefix ?? '',
      atMs: flags.at === undefined ? undefined : parseTime(flags.at, clock.nowMs()),
      tags: { ...parseTags(flags.tag), ...(isPartial && { sync: 'partial' }) },
      note: flags.note ?? '',
      hold: flags.hold,
      acceptShrunk: flags['accept-shrunk'],
      concurrency,
      resume: flags.resume,
    };
    const bucket = await openBucket(set.slave, concurrency, context);
    return withRepository(set, context, { create: true }, (repository) =>
      takeSnapshot(options, { repository, bucket, clock, observer, signal }),
    );
  }
}

/**
 * A bucket that was mirrored in part is no restore point of its source, so what stands against a site stands against the snapshot.
 * @returns whether all objects came over
 * @throws BackupError of the first site that could not be synced; USAGE where there is none
 */
async function syncInto(
  { name, slave }: BackupSet,
  context: Context,
  concurrency: number | undefined,
): Promise<boolean> {
  const isInto = ({ destination }: Site): boolean =>
    destination.location.bucket === slave.bucket && destination.location.endpoint === slave.endpoint;
  const sites = context.config.sites.filter(isInto);
  if (sites.length === 0) {
    throw new BackupError(
      'USAGE',
      `No site brings anything into ${slave.bucket}, the slave bucket of set ${name}.`,
      {
        hint: 'Add one to Sites in the configuration file, or leave --sync-first out.',
      },
    );
  }
  const confirm = (share: DeletionShare): Promise<boolean> =>
    confirmOnTerminal(deletionQuestion(share), context.signal);
  // How the syncing went is told with the snapshot.
  const quietly = { ...context, outcomes: new Outcomes('sync', context.clock) };
  const results = await syncSites(sites, quietly, { dryRun: false, confirm, resetCache: false, concurrency });
  const refused = results.find(({ error }) => error !== undefined);
  if (refused?.error !== undefined) {
    const { code, message, hint } = refused.error;
    throw new BackupError(code, `No snapshot was taken, as site ${refused.site} was not synced: ${message}`, {
      ...(hint !== null && { hint }),
    });
  }
  return results.every((result) => !('failed' in result) || result.failed === 0);
}

const goOnHint =
  'Go on with "backup-my-bucket snapshot --resume" where it says that what was finished is kept; else run the same command again.';

type Unresumed = { set: string; resumed: false };

/** Of several sets those that have an unfinished snapshot. @throws BackupError SNAPSHOT_UNKNOWN where none of them has */
async function resumeAny(
  context: Context,
  take: (set: BackupSet, context: Context) => Promise<SnapshotResult>,
): Promise<unknown> {
  let nothing: { error: BackupError; sets: number } | undefined;
  const results = await forEachSet<SnapshotResult | Unresumed>(context, undefined, async (set) => {
    try {
      return await take(set, context);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'SNAPSHOT_UNKNOWN') throw error;
      nothing = { error, sets: (nothing?.sets ?? 0) + 1 };
      return { set: set.name, resumed: false };
    }
  });
  if (nothing?.sets === context.config.sets.length) throw nothing.error;
  return results;
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

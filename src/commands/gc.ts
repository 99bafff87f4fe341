import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { confirmOnTerminal } from '../cli/confirm.ts';
import type { Context } from '../cli/context.ts';
import { forEachSet } from '../cli/each-set.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { concurrencyFlag } from '../cli/flags.ts';
import { renderRemoval } from '../cli/render-removal.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import type { BackupSet } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import { collectGarbage, type GcResult } from '../gc/gc.ts';
import type { DeletionShare } from '../gc/options.ts';
import { formatCount } from '../ui/format.ts';

export default class Gc extends BaseCommand {
  static override summary = 'Delete obsolete snapshots and the versions that only they need.';
  static override description =
    'Which snapshots are obsolete is for RetentionPolicy and MinimumRedundancy to say; "list-snapshots" shows it. A version that is current now is never deleted.';
  static override examples = [
    '<%= config.bin %> gc --dry-run',
    '<%= config.bin %> gc --max-delete 100000',
    '<%= config.bin %> gc --orphans --dry-run',
  ];

  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Show what would be deleted.', default: false }),
    orphans: Flags.boolean({
      summary: 'Delete versions that no snapshot names as well.',
      description:
        'Those that were superseded between two snapshots, and delete markers with nothing beneath them; nothing that was current at any moment since the newest snapshot. Lists the whole bucket. Look at it with --dry-run first.',
      default: false,
    }),
    'max-delete': Flags.integer({
      summary: 'Refuse to delete more versions than this.',
      helpValue: 'N',
      min: 0,
    }),
    yes: Flags.boolean({
      char: 'y',
      summary:
        'Do not ask where more than half would be deleted of all versions that snapshots name, or that the bucket holds.',
      default: false,
    }),
    force: Flags.boolean({ summary: 'Run although the newest snapshot is flagged.', default: false }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Gc);
    return this.inContext(flags, (context) =>
      forEachSet(context, flags.set, async (set) => {
        const result = await this.#collect(set, context, flags);
        if (result.dryRun) context.print(renderRemoval(result));
        else context.report(renderRemoval(result));
        if (result.failures.length > 0) endInPart();
        return result;
      }),
    );
  }

  async #collect(
    set: BackupSet,
    context: Context,
    flags: {
      'dry-run': boolean;
      orphans: boolean;
      'max-delete': number | undefined;
      yes: boolean;
      force: boolean;
      concurrency: number | undefined;
    },
  ): Promise<GcResult> {
    if (flags.orphans) refuseWhileFailedOver(set);
    const { clock, observer, signal, config } = context;
    const concurrency = flags.concurrency ?? config.concurrency;
    const bucket = await openBucket(set.slave, concurrency, context);
    const options = {
      policy: set.retentionPolicy,
      minimumRedundancy: set.minimumRedundancy,
      dryRun: flags['dry-run'],
      orphans: flags.orphans,
      maxDelete: flags['max-delete'],
      force: flags.force,
      confirm: flags.yes ? undefined : (share: DeletionShare) => confirmOnTerminal(questionOf(share), signal),
      concurrency,
    };
    return withRepository(set, context, {}, (repository) =>
      collectGarbage(options, {
        repository,
        snapshotsDir: set.snapshotsDir,
        bucket,
        clock,
        observer,
        signal,
      }),
    );
  }
}

function questionOf({ of, versions, kept }: DeletionShare): string {
  const all = of === 'named' ? 'versions that snapshots name' : 'versions and delete markers in the bucket';
  return `This deletes up to ${formatCount(versions)} of the ${formatCount(versions + kept)} ${all}. Go on?`;
}

/** What had not come over before the failover is in the old master alone, and looks like an orphan there. */
function refuseWhileFailedOver({ slave, failedOver }: BackupSet): void {
  if (failedOver === undefined) return;
  throw new BackupError(
    'REFUSED',
    `The roles have been switched since ${failedOver}: ${slave.bucket} may hold versions that never came over, and look like orphans.`,
    { hint: 'Run gc without --orphans; with it after "backup-my-bucket failback".' },
  );
}

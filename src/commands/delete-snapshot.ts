import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { endInPart } from '../cli/end-in-part.ts';
import { concurrencyFlag } from '../cli/flags.ts';
import { renderRemoval } from '../cli/render-removal.ts';
import { openBucket, withRepository } from '../cli/resources.ts';
import { findSnapshot, snapshotsArg } from '../cli/snapshot-args.ts';
import { deleteSnapshots } from '../gc/delete-snapshots.ts';
import type { GcResult } from '../gc/remove-snapshots.ts';

export default class DeleteSnapshot extends BaseCommand {
  static override summary = 'Delete chosen snapshots and the versions that only they need.';
  static override description =
    'As gc does for obsolete ones: no version that is current now is deleted, and none that another snapshot names. Held snapshots are refused.';
  static override examples = [
    '<%= config.bin %> delete-snapshot 20261121T0400 --dry-run',
    '<%= config.bin %> delete-snapshot 20261101 20261102',
  ];

  static override args = { snapshots: snapshotsArg };

  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Show what would be deleted.', default: false }),
    force: Flags.boolean({
      summary: 'Also where fewer complete snapshots than MinimumRedundancy would be left.',
      default: false,
    }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<GcResult> {
    const { args, flags } = await this.parse(DeleteSnapshot);
    return this.inContext(flags, async (context) => {
      const { clock, observer, signal, config } = context;
      const set = oneSet(config, flags.set);
      const concurrency = flags.concurrency ?? config.concurrency;
      const bucket = await openBucket(set.slave, concurrency, context);
      return withRepository(set, context, {}, async (repository) => {
        const names = args.snapshots.map(
          (reference) => findSnapshot(repository, bucket.name, reference, clock).name,
        );
        const result = await deleteSnapshots(
          {
            names,
            minimumRedundancy: set.minimumRedundancy,
            dryRun: flags['dry-run'],
            force: flags.force,
            concurrency,
          },
          { repository, snapshotsDir: set.snapshotsDir, bucket, clock, observer, signal },
        );
        // Those that were not chosen are no news.
        const text = renderRemoval({ ...result, kept: [] });
        if (result.dryRun) context.print(text);
        else context.report(text);
        if (result.failures.length > 0) endInPart();
        return result;
      });
    });
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { confirmOnTerminal } from '../cli/confirm.ts';
import { concurrencyFlag } from '../cli/flags.ts';
import { chosenSites, deletionQuestion, refuseSet, sitesArg, worstError } from '../cli/sites.ts';
import type { PrintedSite, ReportedSiteError } from '../cli/sites.ts';
import { syncSites, type SitesOptions } from '../cli/sync-sites.ts';
import type { DeletionShare } from '../sync/site-sync.ts';

export default class Sync extends BaseCommand {
  static override summary = 'Bring what sites hold into their buckets.';
  static override description =
    'Uploads what is new or differs. What is gone in the source is deleted or tagged in the bucket where RetireDeleted or Rotate of the site says so, and never where the source is missing, empty, unreadable in part or not mounted.';
  static override examples = [
    '<%= config.bin %> sync --dry-run',
    '<%= config.bin %> sync photos dumps',
    '<%= config.bin %> sync --max-delete 1000 --quiet',
  ];

  static override args = { sites: sitesArg };

  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Show what would be done.', default: false }),
    'reset-cache': Flags.boolean({
      summary: 'Forget what is remembered of files: all contents are compared anew.',
      default: false,
    }),
    'max-delete': Flags.integer({
      summary: 'Refuse to delete or tag more than this for one site or folder.',
      helpValue: 'N',
      min: 0,
    }),
    yes: Flags.boolean({
      char: 'y',
      summary: 'Do not ask where more than half of the objects of a site or folder would be deleted.',
      default: false,
    }),
    force: Flags.boolean({
      summary: 'Delete also where the source is empty, or no longer on the disk that it was on.',
      default: false,
    }),
    concurrency: concurrencyFlag,
  };

  async run(): Promise<{ sites: PrintedSite[]; error?: ReportedSiteError }> {
    const { args, flags } = await this.parse(Sync);
    refuseSet(flags.set);
    return this.inContext(flags, async (context) => {
      const options: SitesOptions = {
        dryRun: flags['dry-run'],
        maxDelete: flags['max-delete'],
        force: flags.force,
        confirm: flags.yes
          ? undefined
          : (share: DeletionShare) => confirmOnTerminal(deletionQuestion(share), context.signal),
        resetCache: flags['reset-cache'],
        concurrency: flags.concurrency,
      };
      const printed = await syncSites(chosenSites(context.config, args.sites), context, options);
      const worst = worstError(printed);
      return { sites: printed, ...(worst !== undefined && { error: worst }) };
    });
  }
}

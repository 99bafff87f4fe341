import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { withRepository } from '../cli/resources.ts';
import { findSnapshot, snapshotsArg } from '../cli/snapshot-args.ts';
import { setHeld } from '../snapshots/hold.ts';

export default class Release extends BaseCommand {
  static override summary = 'Let the retention policy decide on held snapshots again.';
  static override description =
    'The next gc removes those that no rule keeps; "list-snapshots" shows what the policy says of each.';
  static override examples = [
    '<%= config.bin %> release latest',
    '<%= config.bin %> release 20261121T040000Z @"2026-11-01 12:00"',
  ];

  static override args = { snapshots: snapshotsArg };

  async run(): Promise<{ released: string[] }> {
    const { args, flags } = await this.parse(Release);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      return withRepository(set, context, {}, async (repository) => {
        const names = args.snapshots.map(
          (reference) => findSnapshot(repository, set.slave.bucket, reference, context.clock).name,
        );
        const released = await setHeld(names, false, repository);
        context.report(released.map((name) => `Released ${name}`).join('\n'));
        return { released };
      });
    });
  }
}

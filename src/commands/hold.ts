import { BaseCommand } from '../cli/base-command.ts';
import { oneSet } from '../cli/context.ts';
import { withRepository } from '../cli/resources.ts';
import { findSnapshot, snapshotsArg } from '../cli/snapshot-args.ts';
import { setHeld } from '../snapshots/hold.ts';

export default class Hold extends BaseCommand {
  static override summary = 'Keep snapshots whatever the retention policy says.';
  static override description =
    'A held snapshot is never obsolete, and delete-snapshot refuses it. It counts toward MinimumRedundancy like any other.';
  static override examples = [
    '<%= config.bin %> hold latest',
    '<%= config.bin %> hold 20261121T040000Z @"2026-11-01 12:00"',
  ];

  static override args = { snapshots: snapshotsArg };

  async run(): Promise<{ held: string[] }> {
    const { args, flags } = await this.parse(Hold);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      return withRepository(set, context, {}, async (repository) => {
        const names = args.snapshots.map(
          (reference) => findSnapshot(repository, set.slave.bucket, reference, context.clock).name,
        );
        const held = await setHeld(names, true, repository);
        context.report(held.map((name) => `Held ${name}`).join('\n'));
        return { held };
      });
    });
  }
}
